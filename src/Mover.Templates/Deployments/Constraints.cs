using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Allowed values, lengths and ranges.</summary>
internal static class Constraints
{
    /// <summary>Throws when a value does not keep to them.</summary>
    public static void Check(ObjectValue declared, TemplateValue value, Func<string, TemplateException> invalid)
    {
        if (declared["allowedValues"] is ArrayValue allowed && !IsAllowed(allowed.Items, value))
        {
            throw invalid(
                $"The value '{Shown(value)}' is not part of the allowed value(s): '{string.Join(',', allowed.Items.Select(Shown))}'.");
        }

        if (LengthOf(value) is { } length)
        {
            CheckRange(declared, "minLength", "maxLength", length, "Length of the value", invalid);
        }

        if (value is IntegerValue number)
        {
            CheckRange(declared, "minValue", "maxValue", number.Value, "Value", invalid);
        }
    }

    /// <summary>Throws when a declaration has constraints that its type cannot keep.</summary>
    public static void CheckDeclaration(ObjectValue declared, TypeName? type, string what)
    {
        void Only(string kinds, string one, string other, bool fits)
        {
            if (!fits && (declared.TryFind(one, out _) || declared.TryFind(other, out _)))
            {
                throw new TemplateException(
                    $"The provided properties for {what} are not valid. Only {kinds} type parameters can specify a {one} and "
                        + $"{other}, but the "
                    + $"target was of type '{type?.Name}'.", place: declared.Place);
            }

            if (declared[one] is IntegerValue low && declared[other] is IntegerValue high && low.Value > high.Value)
            {
                throw new TemplateException(
                    $"The provided properties for {what} are not valid. The {one} '{low.Value}' is larger than the {other} '{high.Value}'.",
                    place: declared.Place);
            }
        }

        Only("'Int'", "minValue", "maxValue", type is null or { Kind: ValueKind.Integer });
        Only("'String' and 'Array'", "minLength", "maxLength", type is null or { Kind: ValueKind.String or ValueKind.Array });
    }

    // Of a list every element has to be allowed, unless lists are what is allowed.
    private static bool IsAllowed(IReadOnlyList<TemplateValue> allowed, TemplateValue value) =>
        allowed.Contains(value, ValueComparison.Deep)
        || (value is ArrayValue array && array.Items.All(item => allowed.Contains(item, ValueComparison.Deep)));

    private static long? LengthOf(TemplateValue value) => value switch
    {
        StringValue text => text.Value.Length,
        ArrayValue array => array.Items.Count,
        _ => null,
    };

    private static void CheckRange(
        ObjectValue declared, string low, string high, long value, string what, Func<string, TemplateException> invalid)
    {
        if (declared[low] is IntegerValue least && value < least.Value)
        {
            throw invalid($"{what} should be greater than or equal to '{least.Value}'.");
        }

        if (declared[high] is IntegerValue most && value > most.Value)
        {
            throw invalid($"{what} should be less than or equal to '{most.Value}'.");
        }
    }

    private static string Shown(TemplateValue value) => value switch
    {
        StringValue text => text.Value,
        ArrayValue or ObjectValue => $"[{ValueText.ToExpression(value)}]",
        _ => ValueText.ToJson(value),
    };
}
