using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.OpenApi;

/// <summary>What lists of letters are asked with.</summary>
internal static class LetterInputs
{
    /// <summary>Which letters; see <see cref="Json.LetterFilterRequest"/>.</summary>
    public static Input[] Filter { get; } =
    [
        Input.OneOf<LetterStatus>("status", "With this status."),
        Input.OneOf<ErrorType>("errorType", "With this error type."),
        Input.Text("source", "From this source.", "web"),
        Input.Text("target", "To this downstream.", "shop"),
        Input.Text("tag", "With this label.", "eu"),
        Input.Text("fingerprint", "Of this kind: letters that share it failed alike.", "9da36cf8b8476e4d"),
        Input.Time("from", "Dead-lettered at or after this."),
        Input.Time("to", "Dead-lettered before this."),
        Input.Text("q", "Whose error, payload and correlation id have all of these words; the last may be the beginning of one.", "country missing"),
    ];

    /// <summary>In which order, and from where.</summary>
    public static Input[] Order { get; } =
    [
        Input.OneOf<LetterSort>("sort", "What to sort by.", LetterSort.CreatedAt),
        new("order", "In which direction.", new Microsoft.OpenApi.OpenApiSchema
        {
            Type = Microsoft.OpenApi.JsonSchemaType.String, Enum = ["asc", "desc"], Default = "desc",
        }),
        Input.Text("cursor", "The nextCursor of the page before, of the same filter and sort; not together with page.", "Y3JlYXRlZEF0"),
    ];
}
