using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>The variables of a template, those that loops make among them. All are evaluated, used or not.</summary>
internal sealed class VariableTable
{
    private readonly Dictionary<string, Func<TemplateValue>> _declared = new(StringComparer.OrdinalIgnoreCase);
    private readonly SymbolTable _values;
    private readonly Scope _scope;

    /// <summary>Takes what is declared; the scope has the parameters and functions.</summary>
    public VariableTable(ObjectValue declared, Scope scope)
    {
        _values = new(name => _declared.GetValueOrDefault(name));
        _scope = scope with { Variables = Find, References = NoReferences.Instance };
        foreach (var member in declared)
        {
            if (member.Value is ArrayValue loops && member.Name.Equals("copy", StringComparison.OrdinalIgnoreCase))
            {
                AddLoops(loops);
            }
            else
            {
                Add(member.Name, () => Evaluate(member));
            }
        }

        if (_declared.Count > TemplateLimits.VariablesMax)
        {
            throw new TemplateException(
                $"The number of template variables limit exceeded. Limit: '{TemplateLimits.VariablesMax}' and actual: "
                    + $"'{_declared.Count}'.");
        }
    }

    /// <summary>The value of a variable; null when the template has none of this name.</summary>
    public TemplateValue? Find(string name) => _values.Find(name);

    /// <summary>Evaluates all of them.</summary>
    public void EvaluateAll()
    {
        foreach (var name in _declared.Keys)
        {
            _ = Find(name);
        }
    }

    private void Add(string name, Func<TemplateValue> evaluate)
    {
        if (!_declared.TryAdd(name, () => InWords(name, evaluate)))
        {
            throw new TemplateException(
                $"Each variable declaration have a unique name, but the template defines multiple variables named '{name}'.");
        }
    }

    private static TemplateValue InWords(string name, Func<TemplateValue> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (TemplateException fault) when (!fault.Message.StartsWith("The template variable '", StringComparison.Ordinal))
        {
            throw fault.In(
                $"The template variable '{name}' is not valid: {fault.Message}. Please see https://aka.ms/arm-functions for usage details.",
                $"properties.template.variables.{name}");
        }
    }

    private TemplateValue Evaluate(Member member) => member.Value is NullValue
        ? throw new TemplateException("The value cannot be null.", place: member.Place)
        : ValueResolver.Resolve(member.Value, _scope, ValueResolver.Loops.Everywhere);

    private void AddLoops(ArrayValue loops)
    {
        foreach (var item in loops.Items)
        {
            if (item is not ObjectValue copy || copy["name"] is not StringValue name)
            {
                throw new TemplateException(
                    $"The template 'copy' definition at line '{item.Place.Line}' and column '{item.Place.Column}' has no 'name'.",
                    place: item.Place);
            }

            Add(name.Value, () => ValueResolver.RunLoop(copy, name.Value, _scope, isDefault: false));
        }
    }
}
