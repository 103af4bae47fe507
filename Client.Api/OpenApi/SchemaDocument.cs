using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using DlqCluster.Messages;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DlqCluster.Api.OpenApi;

/// <summary>Tells in the API document's schemas what our own JSON converters do, and which members of an answer are always there.</summary>
internal sealed partial class SchemaDocument : IOpenApiSchemaTransformer
{
    private const string Request = "Request";

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(MessageId)) SetText(schema, "uuid", isNullable: false);
        else if (type == typeof(MessageId?)) SetText(schema, "uuid", isNullable: true);
        else if (type == typeof(DateTimeOffset)) SetText(schema, "date-time", isNullable: false);
        else if (type == typeof(DateTimeOffset?)) SetText(schema, "date-time", isNullable: true);
        else if ((Nullable.GetUnderlyingType(type) ?? type).IsEnum) SetNames(schema);
        else if (type == typeof(Payload)) schema.Description = "Any JSON value.";
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object) SetMembers(schema, context.JsonTypeInfo);
        if (schema.Description is { } description) schema.Description = Tidy(description);
        return Task.CompletedTask;
    }

    private static void SetText(OpenApiSchema schema, string format, bool isNullable)
    {
        schema.Type = isNullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        schema.Format = format;
    }

    // That a member may also be null is said where the member is.
    private static void SetNames(OpenApiSchema schema)
    {
        schema.Type = JsonSchemaType.String;
        schema.Enum = [.. schema.Enum?.Where(name => name is not null) ?? []];
    }

    // What is sent is read strictly; what is answered is written whole and may grow.
    private static void SetMembers(OpenApiSchema schema, JsonTypeInfo type)
    {
        foreach (var member in schema.Properties?.Values.ToArray() ?? [])
        {
            if (member.Description is { } description) member.Description = Tidy(description);
        }

        if (IsRequest(type.Type)) return;
        schema.AdditionalPropertiesAllowed = true;
        schema.Required = type.Properties.Where(IsAlwaysWritten).Select(property => property.Name).ToHashSet();
    }

    private static bool IsRequest(Type type) => type.Name.EndsWith(Request, StringComparison.Ordinal) || type == typeof(Downstreams.RetryOverrides);

    private static bool IsAlwaysWritten(JsonPropertyInfo property) =>
        property.Get is not null && property.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) != true;

    // References to other members arrive as "type Class.Member"; in JSON it is just the member.
    private static string Tidy(string text) =>
        Reference().Replace(text.ReplaceLineEndings(" "), match => $"`{JsonNamingPolicy.CamelCase.ConvertName(match.Groups[1].Value)}`");

    [GeneratedRegex(@"(?:\b[\w.<>]+\??(?:\[\])?\s)?\b[A-Z]\w+\.([A-Z]\w+)\b(?!:)")]
    private static partial Regex Reference();
}
