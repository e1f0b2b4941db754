using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>An output of a deployment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as deployments show it.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsSecure">Whether the value is never shown.</param>
public sealed record TemplateOutput(string Name, string Type, TemplateValue Value, bool IsSecure);

/// <summary>The outputs that a template declares; evaluated when everything is deployed.</summary>
internal sealed class TemplateOutputs
{
    private const string Failed = "DeploymentOutputEvaluationFailed";
    private readonly ObjectValue _declared;
    private readonly TypeCheck _types;

    /// <summary>Checks their form.</summary>
    public TemplateOutputs(ObjectValue declared, TypeCheck types, IUserFunctions functions, bool isVersion2)
    {
        (_declared, _types) = (declared, types);
        foreach (var member in declared)
        {
            TemplateException Invalid(string why) => new(
                $"The template output '{member.Name}' is not valid. {why}", path: $"properties.template.outputs.{member.Name}",
                place: member.Place);
            var output = member.Value as ObjectValue ?? throw Invalid("It must be an object.");
            var hasLoop = output["copy"] is not null;
            if (hasLoop == output["value"] is not null)
            {
                throw Invalid(hasLoop ? "It cannot have both 'value' and 'copy'." : "It needs a 'value' or 'copy'.");
            }

            var type = TypeName.Of(types.Follow(output)) ?? (isVersion2 ? null : throw Invalid("It needs a 'type'."));
            foreach (var name in ExpressionSearch.In(output).SelectMany(one => one.Calls()).Select(call => call.Name))
            {
                // Functions of the template are looked up at once, unlike what they are called with.
                if (name.Contains('.', StringComparison.Ordinal) && !functions.Has(name))
                {
                    throw Evaluator.Unknown(name);
                }
            }

            if (hasLoop && type?.Kind != ValueKind.Array)
            {
                throw Invalid("Only array type output accept 'copy' property.");
            }
        }
    }

    /// <summary>Their values; those whose condition is false are left out.</summary>
    public IReadOnlyList<TemplateOutput> Evaluate(Scope scope)
    {
        var made = new List<TemplateOutput>(_declared.Count);
        foreach (var member in _declared)
        {
            try
            {
                if (member.Value is ObjectValue output && Make(member.Name, output, scope) is { } one)
                {
                    made.Add(one);
                }
            }
            catch (TemplateException fault)
            {
                throw new TemplateException(
                    $"The template output '{member.Name}' is not valid: {fault.Message}", Failed, member.Name, member.Place);
            }
        }

        return made;
    }

    private TemplateOutput? Make(string name, ObjectValue output, Scope scope)
    {
        if (output["condition"] is { } condition)
        {
            var isOn = ValueResolver.Resolve(condition, scope) is BooleanValue value
                ? value.Value
                : throw new TemplateException("The condition must be of type 'Boolean'.");
            if (!isOn)
            {
                return null;
            }
        }

        var result = output["copy"] is ObjectValue copy
            ? ValueResolver.RunLoop(copy, string.Empty, scope, isDefault: true)
            : ValueResolver.Resolve(output["value"] ?? TemplateValue.Null, scope);
        var followed = _types.Follow(output);
        _types.Check(output, result, name, path => $"the template output '{path}'");
        var type = TypeName.Of(followed);
        return new(name, type?.Name ?? result.Kind.ToString(), result, type?.IsSecure ?? false);
    }
}
