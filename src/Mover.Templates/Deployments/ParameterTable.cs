using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>A parameter with the value that the deployment uses.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Type">Its type as deployments show it, such as <c>SecureString</c>.</param>
/// <param name="Value">The value, given or default.</param>
/// <param name="IsSecure">Whether the value is never shown.</param>
public sealed record BoundParameter(string Name, string Type, TemplateValue Value, bool IsSecure);

/// <summary>The parameters of a template with their values: those given, and defaults for the others.</summary>
internal sealed class ParameterTable
{
    private readonly ObjectValue _declared;
    private readonly ObjectValue _given;
    private readonly TypeCheck _types;
    private readonly SymbolTable _values;
    private readonly Scope _scope;

    /// <summary>Takes what is declared and what is given: values, not wrapped.</summary>
    public ParameterTable(ObjectValue declared, ObjectValue given, TypeCheck types, Scope scope)
    {
        (_declared, _given, _types) = (declared, given, types);
        _values = new(name => declared.TryFind(name, out var member) ? () => Evaluate(member) : null);
        _scope = scope with { Parameters = Find, IsParameterDefault = true };
    }

    /// <summary>The value of a parameter; null when the template has none of this name.</summary>
    public TemplateValue? Find(string name) => _values.Find(name);

    /// <summary>Evaluates and checks all of them.</summary>
    public IReadOnlyList<BoundParameter> Bind()
    {
        if (_declared.Count > TemplateLimits.ParametersMax)
        {
            throw new TemplateException(
                $"The number of template parameters limit exceeded. Limit: '{TemplateLimits.ParametersMax}' and actual: "
                    + $"'{_declared.Count}'.");
        }

        var unknown = _given.Where(one => _declared[one.Name] is null).Select(one => one.Name).ToList();
        if (unknown.Count > 0)
        {
            throw new TemplateException(
                "The following parameters were supplied, but do not correspond to any parameters defined in the template: "
                + $"'{string.Join(", ", unknown)}'. The parameters defined in the template are: "
                + $"'{string.Join(", ", _declared.Select(one => one.Name))}'. Please see https://aka.ms/arm-pass-parameter-values "
                + "for usage details.");
        }

        var bound = new List<BoundParameter>(_declared.Count);
        foreach (var member in _declared)
        {
            var type = TypeName.Of(_types.Follow(Declaration(member)));
            bound.Add(new(member.Name, type?.Name ?? "Object", Find(member.Name) ?? TemplateValue.Null, type?.IsSecure ?? false));
        }

        return bound;
    }

    private static ObjectValue Declaration(Member member) => member.Value as ObjectValue ?? throw new TemplateException(
        $"The template parameter '{member.Name}' at line '{member.Place.Line}' and column '{member.Place.Column}' is not valid. It "
            + "must be an "
        + "object.", place: member.Place);

    private static string PathOf(Member member) => $"properties.template.parameters.{member.Name}";

    private TemplateValue Evaluate(Member member)
    {
        var declared = Declaration(member);
        var followed = _types.Follow(declared);
        var type = TypeName.Of(followed);
        Constraints.CheckDeclaration(followed, type, $"the template parameter '{member.Name}'");
        var isNullable = followed["nullable"] is BooleanValue { Value: true };
        if (isNullable && declared["defaultValue"] is not null)
        {
            throw new TemplateException(
                $"The template parameter '{member.Name}' is not valid. A nullable parameter cannot have a default "
                    + "value.", path: PathOf(member),
                place: member.Place);
        }

        var given = _given[member.Name];
        if (given is null or NullValue)
        {
            if (declared["defaultValue"] is not { } written)
            {
                return isNullable ? TemplateValue.Null : throw Missing(member);
            }

            given = Default(member, written);
        }

        try
        {
            _types.Check(declared, given, member.Name, path => $"the template parameter '{path}'");
        }
        catch (TemplateException fault)
        {
            throw fault.In(
                $"{fault.Message} Please see https://aka.ms/arm-parameter-files for usage details.", PathOf(member), declared.Place);
        }

        return given;
    }

    private TemplateValue Default(Member member, TemplateValue written)
    {
        try
        {
            return ValueResolver.Resolve(written, _scope with { References = NoReferences.Instance });
        }
        catch (TemplateException fault)
        {
            throw fault.In(fault.Message, PathOf(member), member.Place);
        }
    }

    private static TemplateException Missing(Member member) => new(
        $"The value for the template parameter '{member.Name}' at line '{member.Value.Place.Line}' and column "
            + $"'{member.Value.Place.Column}' is "
        + "not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.",
        path: PathOf(member), place: member.Value.Place);
}
