using System.ComponentModel.DataAnnotations;
using DlqCluster.Api.Ingest;

namespace DlqCluster.Api.Security;

/// <summary>Who may operate the service.</summary>
internal sealed class AdminOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Admin";

    private const int MaxTokenLength = 1_024;

    /// <summary>The bearer token that operators send; empty for none, and then only this machine may operate the service.</summary>
    public string? Token { get; set; }

    /// <summary>Whether a token is needed.</summary>
    public bool HasToken => !string.IsNullOrEmpty(Token);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Never with the value: this goes to the console.
        if (HasToken && (Token!.Length > MaxTokenLength || Token.Any(char.IsWhiteSpace) || !System.Text.Ascii.IsValid(Token) || Texts.HasControlCharacters(Token)))
            yield return new ValidationResult($"Admin:Token (ADMIN_TOKEN) must be at most {MaxTokenLength} ASCII characters without spaces.", [nameof(Token)]);
    }
}
