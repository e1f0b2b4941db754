using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>One of the types that a declaration may name.</summary>
/// <param name="Name">As the deployment shows it.</param>
/// <param name="Kind">The kind of value that it takes.</param>
/// <param name="IsSecure">Whether its values are never shown.</param>
internal sealed record TypeName(string Name, ValueKind Kind, bool IsSecure)
{
    private static readonly TypeName[] All =
    [
        new("String", ValueKind.String, false), new("SecureString", ValueKind.String, true), new("Int", ValueKind.Integer, false),
        new("Bool", ValueKind.Boolean, false), new("Array", ValueKind.Array, false), new("Object", ValueKind.Object, false),
        new("SecureObject", ValueKind.Object, true),
    ];

    /// <summary>As messages name the kind that is expected.</summary>
    public string Shown => ShownOf(Kind, isExpected: true);

    /// <summary>The type of a declaration; null when it names none.</summary>
    public static TypeName? Of(ObjectValue declared)
    {
        if (declared["type"] is not StringValue name)
        {
            return null;
        }

        return All.FirstOrDefault(type => type.Name.Equals(name.Value, StringComparison.OrdinalIgnoreCase))
            ?? throw new TemplateException(
                $"The type '{name.Value}' at line '{name.Place.Line}' and column '{name.Place.Column}' is not valid. The types are "
                + $"'{string.Join(", ", All.Select(type => type.Name))}'.", place: name.Place);
    }

    /// <summary>As messages name a kind of value.</summary>
    public static string ShownOf(ValueKind kind, bool isExpected = false) =>
        kind == ValueKind.String && isExpected ? "String, Uri" : kind.ToString();
}
