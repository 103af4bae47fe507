using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Security;

/// <summary>
/// Tells browsers what to make of every answer: nothing but what its type says, in no frame, and of what the API answers nothing that runs.
/// Pages set their own policy over it.
/// </summary>
internal static class SafeHeaders
{
    private const string Nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private const string Year = "max-age=31536000";

    private static readonly PathString[] _data = ["/api", "/admin", "/metrics", "/openapi"];

    /// <summary>Adds them to every answer.</summary>
    /// <param name="app">The pipeline.</param>
    public static IApplicationBuilder UseSafeHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        var headers = context.Response.Headers;
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (context.Request.IsHttps) headers[HeaderNames.StrictTransportSecurity] = Year;
        foreach (var path in _data)
        {
            if (!context.Request.Path.StartsWithSegments(path)) continue;
            headers.ContentSecurityPolicy = Nothing;
            headers.CacheControl = "no-store";
            break;
        }

        return next(context);
    });
}
