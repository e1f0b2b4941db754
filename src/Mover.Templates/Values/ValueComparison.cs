namespace Mover.Templates.Values;

/// <summary>Compares values as <c>equals</c> does: by kind, texts and names by case, members in any order; 1 and 1.0 differ.</summary>
internal sealed class ValueComparison : IEqualityComparer<TemplateValue>
{
    private ValueComparison()
    {
    }

    /// <summary>The one comparison.</summary>
    public static ValueComparison Deep { get; } = new();

    /// <inheritdoc/>
    public bool Equals(TemplateValue? x, TemplateValue? y) => (x, y) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (BooleanValue a, BooleanValue b) => a.Value == b.Value,
        (IntegerValue a, IntegerValue b) => a.Value == b.Value,
        (FloatValue a, FloatValue b) => a.Value.Equals(b.Value),
        (StringValue a, StringValue b) => string.Equals(a.Value, b.Value, StringComparison.Ordinal),
        (ArrayValue a, ArrayValue b) => a.Items.SequenceEqual(b.Items, this),
        (ObjectValue a, ObjectValue b) => HasSameMembers(a, b),
        _ => x.Kind == ValueKind.Null && y.Kind == ValueKind.Null,
    };

    /// <inheritdoc/>
    public int GetHashCode(TemplateValue obj) => obj switch
    {
        BooleanValue one => one.Value.GetHashCode(),
        IntegerValue one => one.Value.GetHashCode(),
        FloatValue one => one.Value.GetHashCode(),
        StringValue one => string.GetHashCode(one.Value, StringComparison.Ordinal),
        ArrayValue one => HashCode.Combine(obj.Kind, one.Items.Count),
        ObjectValue one => HashCode.Combine(obj.Kind, one.Count),
        _ => obj.Kind.GetHashCode(),
    };

    private bool HasSameMembers(ObjectValue one, ObjectValue other)
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        foreach (var member in one)
        {
            if (!other.TryFind(member.Name, out var match)
                || !string.Equals(match.Name, member.Name, StringComparison.Ordinal)
                || !Equals(member.Value, match.Value))
            {
                return false;
            }
        }

        return true;
    }
}
