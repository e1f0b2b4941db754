using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Recovery;

/// <summary>A resource of a template by its type and its whole name, such as <c>mover/project/job</c>. Casing does not count.</summary>
/// <param name="Type">The full type.</param>
/// <param name="Name">The names of the resource and of what is above it, with slashes.</param>
internal readonly record struct ResourceReference(string Type, string Name)
{
    /// <summary>A resource of a template.</summary>
    public static ResourceReference Of(JsonObject resource) =>
        new(resource["type"]?.ToString() ?? string.Empty, resource["name"]?.ToString() ?? string.Empty);

    /// <summary>A resource by its id; null for what is none of a provider.</summary>
    public static ResourceReference? Of(ResourceId id) => NamesOf(id) is { Count: > 0 } names ? new(id.Type, string.Join('/', names))
        : null;

    /// <summary>The names in an id, from the top.</summary>
    public static List<string> NamesOf(ResourceId id)
    {
        var names = new List<string>();
        for (; id.Type.Length > 0; id = id.Parent)
        {
            names.Insert(0, id.Name);
        }

        return names;
    }

    /// <summary>The expression by which a template names it: <c>[resourceId('type', 'a', 'b')]</c>.</summary>
    public string Expression => $"[resourceId({string.Join(", ", Name.Split('/').Prepend(Type).Select(Quoted))})]";

    /// <summary>Whether an element of <c>dependsOn</c> means it: the expression, or an id or a name that ends so.</summary>
    public bool IsMeantBy(string? text) => text is not null
        && (Same(text.Replace(" ", string.Empty, StringComparison.Ordinal), Expression.Replace(" ", string.Empty, StringComparison.Ordinal))
            || Same(text, Name) || (ResourceId.TryParse(text, out var id) && Of(id) is { } other && Equals(other)));

    /// <summary>Same resource, casing aside.</summary>
    public bool Equals(ResourceReference other) => Same(Type, other.Type) && Same(Name, other.Name);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(Type), StringComparer.OrdinalIgnoreCase.GetHashCode(Name));

    /// <inheritdoc/>
    public override string ToString() => $"{Type[(Type.LastIndexOf('/') + 1)..]} '{Name}'";

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
