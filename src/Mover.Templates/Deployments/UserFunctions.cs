using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>
/// The functions that a template defines. A body sees its own parameters only; in language version 2.0 it may call others.
/// </summary>
internal sealed class UserFunctions : IUserFunctions
{
    private static readonly HashSet<string> Forbidden = new(StringComparer.OrdinalIgnoreCase)
    {
        "reference", "references", "resourceInfo", "variables", "utcNow", "newGuid",
    };

    private readonly Dictionary<string, Definition> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly TypeCheck _types;
    private readonly bool _mayCallOthers;

    /// <summary>Reads <c>functions</c>.</summary>
    public UserFunctions(TemplateValue? declared, TypeCheck types, bool mayCallOthers)
    {
        (_types, _mayCallOthers) = (types, mayCallOthers);
        foreach (var item in (declared as ArrayValue)?.Items ?? [])
        {
            if (item is not ObjectValue group || group["namespace"] is not StringValue space || group["members"] is not ObjectValue members)
            {
                throw new TemplateException(
                    $"The template functions at line '{item.Place.Line}' and column '{item.Place.Column}' need a 'namespace' and "
                        + "'members'.",
                    place: item.Place);
            }

            foreach (var member in members)
            {
                Add($"{space.Value}.{member.Name}", member);
            }
        }

        foreach (var one in _byName.Values)
        {
            RefuseRecursion(one, []);
        }
    }

    /// <inheritdoc/>
    public bool Has(string name) => _byName.ContainsKey(name);

    /// <inheritdoc/>
    public TemplateValue? TryCall(string name, IReadOnlyList<TemplateValue> arguments, Scope scope)
    {
        if (!_byName.TryGetValue(name, out var function))
        {
            return null;
        }

        if (arguments.Count != function.Parameters.Count)
        {
            throw new TemplateException(
                $"Unable to evaluate template function '{function.Name}': function requires {function.Parameters.Count} argument(s) while "
                + $"{arguments.Count} were provided.");
        }

        var given = new Dictionary<string, TemplateValue>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < arguments.Count; at++)
        {
            var declared = function.Parameters[at];
            var parameter = (declared["name"] as StringValue)?.Value ?? string.Empty;
            _types.Check(declared, arguments[at], parameter, path => $"the parameter '{path}' of the user-defined function "
                + $"'{function.Name}'");
            given[parameter] = arguments[at];
        }

        // A body starts anew: nothing of what is around the call is seen in it.
        var inside = new Scope
        {
            Context = scope.Context,
            Budget = scope.Budget,
            Parameters = given.GetValueOrDefault,
            Functions = _mayCallOthers ? this : null,
            InsideFunction = function.Name,
            References = NoReferences.Instance,
        };
        var value = ValueResolver.Resolve(function.Value, inside);
        _types.Check(function.Output, value, function.Name, path => $"the output of the user-defined function '{path}'");
        return value;
    }

    private void Add(string name, Member member)
    {
        TemplateException Invalid(string why) => new(
            $"The template function '{member.Name}' at line '{member.Place.Line}' and column '{member.Place.Column}' is not valid. {why}",
            place: member.Place);
        if (member.Value is not ObjectValue body || body["output"] is not ObjectValue output || output["value"] is not { } value)
        {
            throw Invalid("It needs an 'output' with a 'value'.");
        }

        var calls = ExpressionSearch.In(value).SelectMany(expression => expression.Calls()).ToList();
        var refused = calls.Where(call => Forbidden.Contains(call.Name) || ReferenceFunctions.IsRuntime(call))
            .Select(call => call.Name).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (refused.Count > 0)
        {
            throw Invalid($"These function calls are not supported in a function definition: '{string.Join(", ", refused)}'.");
        }

        var parameters = ((body["parameters"] as ArrayValue)?.Items ?? []).OfType<ObjectValue>().ToList();
        var others = calls.Select(call => call.Name).Where(called => called.Contains('.', StringComparison.Ordinal)).ToList();
        _byName[name] = new(name, parameters, output, value, others);
    }

    private void RefuseRecursion(Definition function, List<string> path)
    {
        if (path.Contains(function.Name, StringComparer.OrdinalIgnoreCase))
        {
            throw new TemplateException(
                $"The template function '{function.Name}' calls itself ({string.Join(" -> ", path.Append(function.Name))}), which "
                    + "is not supported.");
        }

        path.Add(function.Name);
        foreach (var name in function.Calls)
        {
            if (_byName.TryGetValue(name, out var called))
            {
                RefuseRecursion(called, path);
            }
        }

        path.RemoveAt(path.Count - 1);
    }

    private sealed record Definition(
        string Name, IReadOnlyList<ObjectValue> Parameters, ObjectValue Output, TemplateValue Value, IReadOnlyList<string> Calls);
}
