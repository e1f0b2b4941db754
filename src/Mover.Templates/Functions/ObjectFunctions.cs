using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of objects, and <c>union</c> and <c>intersection</c>.</summary>
internal static class ObjectFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("createObject", 0, Function.Any, Create),
        new("items", 1, 1, call => TemplateValue.Of([.. Sorted(call.Object(0)).Select(member => new ObjectBuilder()
            .Set("key", TemplateValue.Of(member.Name)).Set("value", member.Value).Build())])),
        new("objectKeys", 1, 1, call => TemplateValue.Of([.. Sorted(call.Object(0)).Select(member => TemplateValue.Of(member.Name))])),
        new("union", 1, Function.Any, Union),
        new("intersection", 1, Function.Any, Intersection),
        new("shallowMerge", 1, 1, ShallowMerge),
        new("tryGet", 2, Function.Any, TryGet),
    ];

    private static IEnumerable<Member> Sorted(ObjectValue one) => one.OrderBy(member => member.Name, StringComparer.OrdinalIgnoreCase);

    private static ObjectValue Create(FunctionCall call)
    {
        if (call.Count % 2 != 0)
        {
            throw call.Unable("It expects an even number of arguments: alternating names and values.");
        }

        var made = new ObjectBuilder();
        for (var at = 0; at < call.Count; at += 2)
        {
            var name = call.Text(at);
            if (made.Has(name))
            {
                throw call.Unable($"The name '{name}' appears twice.");
            }

            made.Set(name, call[at + 1]);
        }

        return made.Build();
    }

    private static TemplateValue Union(FunctionCall call)
    {
        var parts = call.From(0);
        if (parts.All(part => part is ArrayValue))
        {
            return TemplateValue.Of([.. parts.SelectMany(part => ((ArrayValue)part).Items).Distinct(ValueComparison.Deep)]);
        }

        return parts.All(part => part is ObjectValue)
            ? parts.Aggregate((one, other) => Merge(call, (ObjectValue)one, (ObjectValue)other))
            : throw call.Fault("expects parameters of the same type, all arrays or all objects.");
    }

    private static ObjectValue Merge(FunctionCall call, ObjectValue one, ObjectValue other)
    {
        var merged = new ObjectBuilder();
        foreach (var member in one)
        {
            merged.Set(member.Name, member.Value);
        }

        foreach (var member in other)
        {
            merged.Set(member.Name, MergeValue(call, merged.Find(member.Name), member.Value));
        }

        return merged.Build();
    }

    // A later null does not replace a value.
    private static TemplateValue MergeValue(FunctionCall call, TemplateValue? before, TemplateValue after) => (before, after) switch
    {
        (null or NullValue, _) => after,
        (_, NullValue) => before,
        (ObjectValue a, ObjectValue b) => Merge(call, a, b),
        (ObjectValue, _) or (_, ObjectValue) => throw call.Fault(
            $"failed to evaluate due to a type mismatch between '{before.Kind}' and '{after.Kind}'."),
        _ => after,
    };

    private static TemplateValue Intersection(FunctionCall call)
    {
        var parts = call.From(0);
        if (parts.All(part => part is ArrayValue))
        {
            return parts.Aggregate((one, other) => TemplateValue.Of(
                [.. ((ArrayValue)one).Items.Distinct(ValueComparison.Deep)
                    .Where(item => ((ArrayValue)other).Items.Contains(item, ValueComparison.Deep))]));
        }

        return parts.All(part => part is ObjectValue)
            ? parts.Aggregate((one, other) => new ObjectValue([.. ((ObjectValue)one).Where(member => IsIn((ObjectValue)other, member))]))
            : throw new TemplateException(
                "Template language function 'intersection' expects parameters of the same type, but found multiple types.");
    }

    private static bool IsIn(ObjectValue other, Member member) => other.TryFind(member.Name, out var match)
        && string.Equals(match.Name, member.Name, StringComparison.Ordinal)
        && ValueComparison.Deep.Equals(match.Value, member.Value);

    private static ObjectValue ShallowMerge(FunctionCall call)
    {
        var items = call.Array(0);
        var wrong = items.Select((item, at) => (item.Kind, at)).Where(one => one.Kind != ValueKind.Object).ToList();
        if (wrong.Count > 0)
        {
            throw call.Fault(
                "expects its first parameter to be an array only containing elements of type(s) 'Object'. The provided value contains "
                + $"elements with disallowed type(s) '{string.Join(", ", wrong.Select(one => one.Kind).Distinct())}' in index(es) "
                + $"{string.Join(", ", wrong.Select(one => one.at))}.");
        }

        var merged = new ObjectBuilder();
        foreach (var member in items.SelectMany(item => (ObjectValue)item))
        {
            merged.Set(member.Name, member.Value, keepSpelling: true);
        }

        return merged.Build();
    }

    // Only the first step may be missing.
    private static TemplateValue TryGet(FunctionCall call)
    {
        var value = (call[0], call[1]) switch
        {
            (ObjectValue one, StringValue name) => one[name.Value],
            (ArrayValue array, IntegerValue at) when at.Value >= 0 && at.Value < array.Items.Count => array.Items[(int)at.Value],
            _ => null,
        };
        for (var at = 2; value is not null && at < call.Count; at++)
        {
            value = Evaluator.AccessOf(value, call[at]);
        }

        return value ?? TemplateValue.Null;
    }
}
