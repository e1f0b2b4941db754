using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Lambdas and the functions that take one.</summary>
internal static class LambdaFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("lambda", 1, Function.Any, MakeLambda),
        new("lambdaVariables", 1, 1, call => call.Scope.LambdaVariables.TryGetValue(call.Text(0), out var value)
            ? value
            : throw Evaluator.Unknown(call.Name)),
        new("map", 2, 2, call =>
        {
            var lambda = call.Lambda(1, 1, 2);
            return TemplateValue.Of([.. call.Array(0).Select((item, at) => lambda.Call(item, TemplateValue.Of((long)at)))]);
        }),
        new("filter", 2, 2, call =>
        {
            var lambda = call.Lambda(1, 1, 2);
            return TemplateValue.Of([.. call.Array(0).Where((item, at) => Truth(call, lambda.Call(item, TemplateValue.Of((long)at))))]);
        }),
        new("reduce", 3, 3, Reduce),
        new("sort", 2, 2, Sort),
        new("mapValues", 2, 2, MapValues),
        new("groupBy", 2, 2, GroupBy),
        new("toObject", 2, 3, ToObject),
    ];

    private static LambdaValue MakeLambda(FunctionCall call)
    {
        var names = new List<string>();
        for (var at = 0; at < call.Count - 1; at++)
        {
            names.Add(call.Expressions[at] is Literal { Value: StringValue name }
                ? name.Value
                : throw call.Fault("expects the names of its variables to be string literals."));
        }

        return new LambdaValue(names, call.Expressions[^1], call.Scope);
    }

    private static bool Truth(FunctionCall call, TemplateValue value) => value is BooleanValue one
        ? one.Value
        : throw call.Fault($"expects its lambda to return a value of type 'Boolean'. The value is of type '{value.Kind}'.");

    private static string Key(FunctionCall call, TemplateValue value) => value is StringValue text
        ? text.Value
        : throw call.Fault($"expects its lambda to return a value of type 'String'. The value is of type '{value.Kind}'.");

    private static TemplateValue Reduce(FunctionCall call)
    {
        var lambda = call.Lambda(2, 2, 3);
        var (value, at) = (call[1], 0L);
        foreach (var item in call.Array(0))
        {
            value = lambda.Call(value, item, TemplateValue.Of(at++));
        }

        return value;
    }

    // The lambda answers whether the first comes before the second; equal ones keep their order.
    private static TemplateValue Sort(FunctionCall call)
    {
        var lambda = call.Lambda(1, 2, 2);
        var comparer = Comparer<TemplateValue>.Create((one, other) =>
            Truth(call, lambda.Call(one, other)) ? -1 : Truth(call, lambda.Call(other, one)) ? 1 : 0);
        return TemplateValue.Of([.. call.Array(0).Order(comparer)]);
    }

    private static ObjectValue MapValues(FunctionCall call)
    {
        var lambda = call.Lambda(1, 1, 1);
        return new ObjectValue([.. call.Object(0).Select(member => new Member(member.Name, lambda.Call(member.Value)))]);
    }

    private static ObjectValue GroupBy(FunctionCall call)
    {
        var lambda = call.Lambda(1, 1, 1);
        var groups = new Dictionary<string, List<TemplateValue>>(StringComparer.OrdinalIgnoreCase);
        var made = new ObjectBuilder();
        foreach (var item in call.Array(0))
        {
            var key = Key(call, lambda.Call(item));
            if (!groups.TryGetValue(key, out var group))
            {
                groups[key] = group = [];
                made.Set(key, TemplateValue.Of(group));
            }

            group.Add(item);
        }

        return made.Build();
    }

    private static ObjectValue ToObject(FunctionCall call)
    {
        var names = call.Lambda(1, 1, 1);
        var values = call.Count > 2 ? call.Lambda(2, 1, 1) : null;
        var made = new ObjectBuilder();
        foreach (var item in call.Array(0))
        {
            var name = Key(call, names.Call(item));
            if (made.Has(name))
            {
                throw call.Unable($"The key '{name}' occurs more than once.");
            }

            made.Set(name, values?.Call(item) ?? item);
        }

        return made.Build();
    }
}
