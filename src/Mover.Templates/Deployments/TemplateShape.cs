using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>The top level of a template, checked for its members.</summary>
internal sealed class TemplateShape
{
    private const string InvalidContent = "InvalidRequestContent";
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "$schema", "apiProfile", "contentVersion", "definitions", "functions", "languageVersion", "metadata", "outputs", "parameters",
        "resources", "variables",
    };

    private static readonly string[] Required = ["$schema", "contentVersion", "resources"];
    private readonly ObjectValue _template;

    /// <summary>Checks a template; what is wrong is <c>InvalidRequestContent</c> or <c>InvalidTemplate</c>.</summary>
    public TemplateShape(TemplateValue template)
    {
        _template = template as ObjectValue
            ?? throw Invalid(
                $"Error converting value of type '{template.Kind}' to type 'Template'. Path 'properties.template', "
                    + $"{At(template.Place)}.", template.Place);
        foreach (var member in _template.Where(member => !Known.Contains(member.Name)))
        {
            throw Invalid(
                $"Could not find member '{member.Name}' on object of type 'Template'. Path 'properties.template.{member.Name}', "
                + $"{At(member.Place)}.", member.Place);
        }

        foreach (var name in Required.Where(name => _template[name] is null))
        {
            throw Invalid($"Required property '{name}' not found in JSON. Path 'properties.template', "
                + $"{At(template.Place)}.", template.Place);
        }

        IsVersion2 = _template["languageVersion"] switch
        {
            null => false,
            StringValue { Value: "1.0" } => false,
            StringValue text when text.Value.StartsWith("2.", StringComparison.Ordinal) => true,
            var other => throw new TemplateException(
                $"The template language version '{ValueText.ToJson(other)}' is not supported.", place: other.Place),
        };
        if (Section("outputs").Count > TemplateLimits.OutputsMax)
        {
            throw new TemplateException(
                $"The number of template outputs limit exceeded. Limit: '{TemplateLimits.OutputsMax}' and actual: "
                    + $"'{Section("outputs").Count}'.");
        }
    }

    /// <summary>Whether resources have symbolic names and types go to any depth.</summary>
    public bool IsVersion2 { get; }

    /// <summary>The template's functions as written.</summary>
    public TemplateValue? Functions => _template["functions"];

    /// <summary>The whole template as written.</summary>
    public ObjectValue Written => _template;

    /// <summary>The resources as written, with their symbolic names where they have some.</summary>
    public IEnumerable<(string? Symbol, ObjectValue Resource)> Resources() => _template["resources"] switch
    {
        ObjectValue named => named.Select(member => ((string?)member.Name, AsResource(member.Value))),
        ArrayValue list => list.Items.Select(item => ((string?)null, AsResource(item))),
        var other => throw Invalid(
            $"The value of 'resources' must be an array or object. Path 'properties.template.resources', {At(other?.Place ?? default)}.",
            other?.Place ?? default),
    };

    /// <summary>One of the sections that are objects; empty when it is missing.</summary>
    public ObjectValue Section(string name) => _template[name] switch
    {
        null or NullValue => ObjectValue.Empty,
        ObjectValue section => section,
        var other => throw Invalid(
            $"The value of '{name}' must be an object. Path 'properties.template.{name}', {At(other.Place)}.", other.Place),
    };

    /// <summary>The refusal of a request that cannot be read.</summary>
    public static TemplateException Invalid(string why, Place place) =>
        new($"The request content was invalid and could not be deserialized: '{why}'.", InvalidContent, place: place);

    private static string At(Place place) => $"line {place.Line}, position {place.Column}";

    private static ObjectValue AsResource(TemplateValue value)
    {
        if (value is not ObjectValue resource)
        {
            throw Invalid($"A resource must be an object. Path 'properties.template.resources', {At(value.Place)}.", value.Place);
        }

        foreach (var name in new[] { "type", "name" }.Where(name => resource[name] is null))
        {
            throw Invalid(
                $"Required property '{name}' not found in JSON. Path 'properties.template.resources', {At(value.Place)}.", value.Place);
        }

        return resource;
    }
}
