using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>An object schema with everything that it inherits.</summary>
internal sealed class ObjectShape
{
    private readonly Dictionary<string, JsonObject> _properties = new(StringComparer.Ordinal);
    private readonly HashSet<string> _required = new(StringComparer.Ordinal);

    /// <summary>The properties, with references as they stand.</summary>
    public IReadOnlyDictionary<string, JsonObject> Properties => _properties;

    /// <summary>Names that must be there.</summary>
    public IReadOnlySet<string> Required => _required;

    /// <summary>The schema of properties that are not named; null when there is none.</summary>
    public JsonObject? Additional { get; private set; }

    /// <summary>True when properties are named: others do not belong here.</summary>
    public bool IsClosed => _properties.Count > 0 && Additional is null;

    /// <summary>The shape of a schema that is resolved already.</summary>
    public static ObjectShape Of(ApiDefinition definition, JsonObject schema)
    {
        var shape = new ObjectShape();
        shape.Add(definition, schema);
        return shape;
    }

    /// <summary>True when only the service writes the property.</summary>
    public static bool IsReadOnly(ApiDefinition definition, JsonObject property) => (bool?)definition.Resolve(property)["readOnly"] == true;

    /// <summary>True when the property is set by the creating request and stays.</summary>
    public static bool IsCreateOnly(ApiDefinition definition, JsonObject property) =>
        definition.Resolve(property)["x-ms-mutability"] is JsonArray mutability
        && mutability.All(m => (string?)m is "read" or "create") && mutability.Any(m => (string?)m == "create");

    private void Add(ApiDefinition definition, JsonObject schema)
    {
        foreach (var up in (schema["allOf"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Add(definition, definition.Resolve(up));
        }

        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            _properties[name] = property as JsonObject ?? [];
        }

        _required.UnionWith((schema["required"] as JsonArray ?? []).Select(r => (string)r!));
        Additional = schema["additionalProperties"] as JsonObject ?? Additional;
    }
}
