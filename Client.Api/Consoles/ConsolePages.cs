using System.Security.Cryptography;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Consoles;

/// <summary>Serves the web console. Its pages are one page that draws itself; its files are named by their content and kept for ever.</summary>
internal static class ConsolePages
{
    private const string Assets = "assets/";
    private const string ForEver = "public, max-age=31536000, immutable";
    private const string Hourly = "public, max-age=3600";
    private const string Html = "text/html; charset=utf-8";
    private const string NoncePlace = "__NONCE__";
    private const int NonceBytes = 18;

    // Where the console was not built, the root still says what this is.
    private const string NotBuilt = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Orleans.DlqCluster</title>
        <h1>Orleans.DlqCluster</h1><p>The service runs. Its console was not built: that needs Node.js 20.19 or later and <code>dotnet build -c Release</code>.</p>
        <p><a href="/docs/">The API</a></p></html>
        """;

    private static readonly string[] _pages =
    [
        "/", "/messages", "/messages/{id}", "/dead-letters", "/dead-letters/{id}", "/groups", "/replays", "/replays/{id}",
        "/breakers", "/downstreams", "/actors", "/audit", "/settings",
    ];

    /// <summary>Maps the pages and the files.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        if (!routes.ServiceProvider.GetRequiredService<IOptions<ConsoleOptions>>().Value.Enabled) return;
        foreach (var page in _pages) routes.MapGet(page, WritePageAsync).Needs(null).ExcludeFromDescription();
        routes.MapGet("/favicon.svg", (HttpContext context, ConsoleFiles files) => WriteFileAsync(context, files, "favicon.svg", Hourly)).Needs(null).ExcludeFromDescription();
        routes.MapGet("/assets/{file}", (string file, HttpContext context, ConsoleFiles files) => WriteFileAsync(context, files, Assets + file, ForEver)).Needs(null).ExcludeFromDescription();
    }

    private static async Task WritePageAsync(HttpContext context, ConsoleFiles files)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        var headers = context.Response.Headers;
        // Styles that scripts write carry the nonce; everything else comes from here, and nothing may be framed.
        headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        context.Response.ContentType = Html;
        await context.Response.WriteAsync((files.Page ?? NotBuilt).Replace(NoncePlace, nonce, StringComparison.Ordinal), context.RequestAborted);
    }

    private static async Task WriteFileAsync(HttpContext context, ConsoleFiles files, string path, string cache)
    {
        if (files.Find(path) is not { } file)
        {
            await Problem.NoRoute(context.Request.Method, context.Request.Path.Value).ExecuteAsync(context);
            return;
        }

        var (body, encoding) = Choose(file, context.Request.Headers.AcceptEncoding.ToString());
        var headers = context.Response.Headers;
        headers.CacheControl = cache;
        headers.Vary = HeaderNames.AcceptEncoding;
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        if (encoding is not null) headers.ContentEncoding = encoding;
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static (byte[] Body, string? Encoding) Choose(ConsoleFile file, string accepted)
    {
        if (file.Brotli is not null && accepted.Contains("br", StringComparison.Ordinal)) return (file.Brotli, "br");
        return file.Gzip is not null && accepted.Contains("gzip", StringComparison.Ordinal) ? (file.Gzip, "gzip") : (file.Plain, null);
    }
}
