using System.Globalization;
using System.Text.Json.Nodes;
using DlqCluster.Api.Apis;
using DlqCluster.Api.Json;
using Microsoft.OpenApi;

namespace DlqCluster.Api.OpenApi;

/// <summary>A query parameter or header that an endpoint reads by itself, as the API document tells it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it means.</param>
/// <param name="Schema">What it may be.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Required">Whether it must be given.</param>
internal sealed record Input(string Name, string Description, OpenApiSchema Schema, ParameterLocation Place = ParameterLocation.Query, bool Required = false)
{
    /// <summary>The page of a list and its size.</summary>
    /// <param name="pageSize">Entries a page when not given.</param>
    public static Input[] Page(int pageSize) =>
    [
        Whole("page", "Which page.", 1, QueryReader.MaxPage, 1),
        Whole("pageSize", "The most entries that it may have.", 1, QueryReader.MaxPageSize, pageSize),
    ];

    /// <summary>Text.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="example">Such as this.</param>
    public static Input Text(string name, string description, string example) =>
        new(name, description, new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = QueryReader.MaxLength, Examples = [example] });

    /// <summary>A whole number.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    /// <param name="otherwise">What it is when not given.</param>
    public static Input Whole(string name, string description, int least, int most, int otherwise) => new(name, description, new OpenApiSchema
    {
        Type = JsonSchemaType.Integer,
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most.ToString(CultureInfo.InvariantCulture),
        Default = otherwise,
    });

    /// <summary>A time.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="description">What it means.</param>
    public static Input Time(string name, string description) =>
        new(name, description, new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time", Examples = [Samples.At] });

    /// <summary>Yes or no.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="otherwise">What it is when not given; null for neither.</param>
    public static Input Flag(string name, string description, bool? otherwise) =>
        new(name, description, new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = otherwise is { } value ? JsonValue.Create(value) : null });

    /// <summary>One of an enum's names.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="name">The parameter's name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="otherwise">What it is when not given; null for none.</param>
    public static Input OneOf<T>(string name, string description, T? otherwise = null)
        where T : struct, Enum => new(name, description, new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [.. Enum.GetValues<T>().Select(value => (JsonNode)JsonNames<T>.Names[value])],
            Default = otherwise is { } value ? JsonNames<T>.Names[value] : null,
        });

    /// <summary>A header.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it means.</param>
    /// <param name="example">Such as this.</param>
    public static Input Header(string name, string description, string example) => Text(name, description, example) with { Place = ParameterLocation.Header };

    /// <summary>The document's parameter.</summary>
    public OpenApiParameter ToParameter() => new() { Name = Name, In = Place, Description = Description, Required = Required, Schema = Schema };
}

/// <summary>Inputs of an endpoint.</summary>
/// <param name="Inputs">They.</param>
internal sealed record InputMetadata(IReadOnlyList<Input> Inputs);
