using System.Text.Json.Serialization;
using Mover.Server.Keys;

namespace Mover.Server.Vault;

/// <summary>What is stored of a secret: the sealed value, and in clear what a listing may show.</summary>
/// <param name="Version">32 hexadecimal digits; a new one with every value.</param>
/// <param name="Value">The encrypted value.</param>
/// <param name="ContentType">What the value is, in the caller's words; null when not said.</param>
/// <param name="Enabled">False keeps the value from being read.</param>
/// <param name="Tags">Tags; null when there are none.</param>
internal sealed record StoredSecret(
    string Version, SealedValue Value, string? ContentType, bool Enabled, IReadOnlyDictionary<string, string>? Tags)
{
    /// <summary>When an older version was set; of the newest its document says so.</summary>
    public DateTimeOffset? SetAt { get; init; }
}

/// <summary>JSON of what access and vault keep in the store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredSecret))]
internal sealed partial class VaultJson : JsonSerializerContext;
