using Mover.Core.Arm;

namespace Mover.State.Documents;

/// <summary>
/// Where a document is kept: an ARM id, compared without case, or a place in an area of the control plane's own such as
/// <c>queue/{agent}/{run}</c>, which no ARM id can reach because those start with a slash.
/// </summary>
public readonly record struct DocumentKey
{
    private readonly string? _text;

    private DocumentKey(string text) => _text = text;

    /// <summary>The key with the casing it was given.</summary>
    public string Text => _text ?? string.Empty;

    /// <summary>The key in the store: lower case.</summary>
    public string Stored => ArmCase.Lower(Text);

    /// <summary>The ARM id, or the default one for a document of the control plane's own.</summary>
    public ResourceId Id => ResourceId.TryParse(Text, out var id) ? id : default;

    /// <summary>A place of the control plane's own: <c>{area}[/{name}…]</c>; no part is empty or holds a slash.</summary>
    public static DocumentKey Internal(params IReadOnlyList<string> parts)
    {
        foreach (var part in parts)
        {
            if (part.Length == 0 || part.Contains('/', StringComparison.Ordinal))
            {
                throw new ArgumentException($"'{part}' is not a valid part of a document key.", nameof(parts));
            }
        }

        return new(string.Join('/', parts));
    }

    /// <summary>The key of an ARM resource.</summary>
    public static DocumentKey Of(ResourceId id) => new(id.Text);

    /// <summary>The key of an ARM resource.</summary>
    public static implicit operator DocumentKey(ResourceId id) => Of(id);

    /// <summary>Same place, casing aside.</summary>
    public bool Equals(DocumentKey other) => ArmCase.Same(Text, other.Text);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal static DocumentKey Read(string text) => new(text);
}
