using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mover.Templates.Values;

/// <summary>The kinds of values, named as ARM's messages name them.</summary>
public enum ValueKind
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A number with a fraction or an exponent.</summary>
    Float,

    /// <summary>Text, in UTF-16 units.</summary>
    String,

    /// <summary>A list of values.</summary>
    Array,

    /// <summary>Named values in the order in which they were written.</summary>
    Object,

    /// <summary>A function that another function is given.</summary>
    Lambda,
}

/// <summary>Where a value stands in the text it was read from; lines and columns count from 1, 0 means unknown.</summary>
/// <param name="Line">The line.</param>
/// <param name="Column">The column.</param>
public readonly record struct Place(int Line, int Column);

/// <summary>A JSON value of a template, immutable. Numbers keep whether they were whole; object names ignore case when looked up.</summary>
public abstract class TemplateValue
{
    /// <summary>What kind of value it is.</summary>
    public abstract ValueKind Kind { get; }

    /// <summary>Where it was read.</summary>
    public Place Place { get; init; }

    /// <summary>The value <c>null</c>.</summary>
    public static NullValue Null { get; } = new();

    /// <summary>The value <c>true</c>.</summary>
    public static BooleanValue True { get; } = new(true);

    /// <summary>The value <c>false</c>.</summary>
    public static BooleanValue False { get; } = new(false);

    /// <summary>A boolean.</summary>
    public static TemplateValue Of(bool value) => value ? True : False;

    /// <summary>A whole number.</summary>
    public static TemplateValue Of(long value) => new IntegerValue(value);

    /// <summary>A text.</summary>
    public static TemplateValue Of(string value) => new StringValue(value);

    /// <summary>A list.</summary>
    public static TemplateValue Of(IReadOnlyList<TemplateValue> items) => new ArrayValue(items);
}

/// <summary>No value.</summary>
public sealed class NullValue : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Null;
}

/// <summary>True or false.</summary>
/// <param name="value">Which of the two.</param>
public sealed class BooleanValue(bool value) : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Boolean;

    /// <summary>Which of the two.</summary>
    public bool Value { get; } = value;
}

/// <summary>A whole number.</summary>
/// <param name="value">The number.</param>
public sealed class IntegerValue(long value) : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Integer;

    /// <summary>The number.</summary>
    public long Value { get; } = value;
}

/// <summary>A number with a fraction or an exponent, or one too large for 64 bits.</summary>
/// <param name="value">The number.</param>
public sealed class FloatValue(double value) : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Float;

    /// <summary>The number.</summary>
    public double Value { get; } = value;

    /// <summary>The shortest text that reads back as the same number; whole ones keep <c>.0</c>.</summary>
    public string Text
    {
        get
        {
            var text = Value.ToString("R", CultureInfo.InvariantCulture);
            return text.AsSpan().ContainsAny('.', 'E', 'N') || text.EndsWith('∞') ? text : text + ".0";
        }
    }
}

/// <summary>A text.</summary>
/// <param name="value">Its UTF-16 units.</param>
public sealed class StringValue(string value) : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.String;

    /// <summary>Its UTF-16 units.</summary>
    public string Value { get; } = value;
}

/// <summary>A list.</summary>
/// <param name="items">Its elements; not changed afterwards.</param>
public sealed class ArrayValue(IReadOnlyList<TemplateValue> items) : TemplateValue
{
    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Array;

    /// <summary>Its elements.</summary>
    public IReadOnlyList<TemplateValue> Items { get; } = items;
}

/// <summary>One named value of an object.</summary>
/// <param name="Name">The name as written.</param>
/// <param name="Value">The value.</param>
/// <param name="Place">Where the name stands.</param>
public readonly record struct Member(string Name, TemplateValue Value, Place Place = default);

/// <summary>Named values in the order in which they were written.</summary>
public sealed class ObjectValue : TemplateValue, IReadOnlyCollection<Member>
{
    private const int LinearMax = 8;
    private readonly IReadOnlyList<Member> _members;
    private Dictionary<string, Member>? _byName;

    /// <summary>Makes an object of members whose names differ, case ignored; not changed afterwards.</summary>
    public ObjectValue(IReadOnlyList<Member> members)
    {
        _members = members;
    }

    /// <summary>The object without members.</summary>
    public static ObjectValue Empty { get; } = new([]);

    /// <inheritdoc/>
    public override ValueKind Kind => ValueKind.Object;

    /// <inheritdoc/>
    public int Count => _members.Count;

    /// <summary>The value of this name, case ignored; null when there is none.</summary>
    public TemplateValue? this[string name] => TryFind(name, out var member) ? member.Value : null;

    /// <summary>Finds a member by its name, case ignored.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Member member)
    {
        if (_members.Count > LinearMax)
        {
            return (_byName ??= Index()).TryGetValue(name, out member);
        }

        foreach (var one in _members)
        {
            if (string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                member = one;
                return true;
            }
        }

        member = default;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<Member> GetEnumerator() => _members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Dictionary<string, Member> Index()
    {
        var index = new Dictionary<string, Member>(_members.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var one in _members)
        {
            index.TryAdd(one.Name, one);
        }

        return index;
    }
}
