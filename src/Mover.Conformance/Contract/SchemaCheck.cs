using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>What a document is for: it decides which properties have to be there.</summary>
internal enum SchemaUse
{
    /// <summary>An answer: everything required is there, nothing is null, nothing is unknown.</summary>
    Answer,

    /// <summary>The body of a PUT or POST: what only the service writes is not looked at.</summary>
    Put,

    /// <summary>The body of a PATCH.</summary>
    Patch,
}

/// <summary>One thing that is wrong with a document.</summary>
/// <param name="Pointer">Where: a JSON pointer (RFC 6901), empty for the document.</param>
/// <param name="Problem">What is wrong, half a sentence.</param>
internal sealed record SchemaProblem(string Pointer, string Problem);

/// <summary>
/// Holds a document to a schema of a definition: Swagger 2.0 with ARM's extensions, as far as the definitions use it.
/// </summary>
internal sealed class SchemaCheck
{
    private const int DepthMax = 64;
    private readonly ApiDefinition _definition;
    private readonly SchemaUse _use;
    private readonly List<SchemaProblem> _problems = [];

    private SchemaCheck(ApiDefinition definition, SchemaUse use)
    {
        _definition = definition;
        _use = use;
    }

    /// <summary>Everything that is wrong with a document; empty when it is as the schema says.</summary>
    public static IReadOnlyList<SchemaProblem> Run(ApiDefinition definition, JsonObject schema, JsonNode? document, SchemaUse use)
    {
        var check = new SchemaCheck(definition, use);
        check.Value(schema, document, string.Empty, 0);
        return check._problems;
    }

    private void Value(JsonObject given, JsonNode? value, string pointer, int depth)
    {
        var schema = _definition.Resolve(given);
        if (value is null)
        {
            NullValue(schema, pointer);
            return;
        }

        if (depth > DepthMax)
        {
            Add(pointer, "is nested too deeply");
            return;
        }

        switch ((string?)schema["type"] ?? (schema.ContainsKey("properties") || schema.ContainsKey("allOf") ? "object" : null))
        {
            case "object":
                Object(schema, value, pointer, depth);
                break;
            case "array":
                Array(schema, value, pointer, depth);
                break;
            case "string":
                Text(schema, value, pointer);
                break;
            case "integer":
                Number(schema, value, pointer, mustBeWhole: true);
                break;
            case "number":
                Number(schema, value, pointer, mustBeWhole: false);
                break;
            case "boolean" when value.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False):
                Add(pointer, $"is {Kind(value)}, not a boolean");
                break;
        }
    }

    // ARM leaves out what is not set. In a request null takes a value away.
    private void NullValue(JsonObject schema, string pointer)
    {
        if (_use == SchemaUse.Answer && (bool?)schema["x-nullable"] != true)
        {
            Add(pointer, "is null; unset properties must be omitted");
        }
    }

    private void Object(JsonObject schema, JsonNode value, string pointer, int depth)
    {
        if (value is not JsonObject document)
        {
            Add(pointer, $"is {Kind(value)}, not an object");
            return;
        }

        if (Concrete(schema, document, pointer) is not { } concrete)
        {
            return;
        }

        var shape = ObjectShape.Of(_definition, concrete);
        foreach (var (name, inner) in document)
        {
            Property(shape, name, inner, $"{pointer}/{Escaped(name)}", depth);
        }

        foreach (var name in shape.Required.Where(name => document[name] is null))
        {
            if (_use == SchemaUse.Answer || !ObjectShape.IsReadOnly(_definition, shape.Properties[name]))
            {
                Add($"{pointer}/{Escaped(name)}", "is required but missing");
            }
        }
    }

    private void Property(ObjectShape shape, string name, JsonNode? value, string pointer, int depth)
    {
        if (shape.Properties.TryGetValue(name, out var property))
        {
            if (_use == SchemaUse.Answer || !ObjectShape.IsReadOnly(_definition, property))
            {
                Value(property, value, pointer, depth + 1);
            }
        }
        else if (shape.Additional is { } additional)
        {
            Value(additional, value, pointer, depth + 1);
        }
        else if (shape.IsClosed && _use == SchemaUse.Answer)
        {
            Add(pointer, $"is not a property of api-version {_definition.Version}");
        }
    }

    // A base with a discriminator stands for the one of its subtypes that the document names.
    private JsonObject? Concrete(JsonObject schema, JsonObject document, string pointer)
    {
        if (schema["x-ms-discriminator-value"] is not null || (string?)schema["discriminator"] is not { } name)
        {
            return schema;
        }

        if (document[name] is not JsonValue given || given.GetValueKind() != JsonValueKind.String)
        {
            Add($"{pointer}/{name}", "is required, because it identifies the type, but is missing");
            return null;
        }

        var parent = schema.DeepClone().AsObject();
        parent.Remove("readOnly");
        parent.Remove("x-ms-mutability");
        if (_definition.Subtype(parent, given.GetValue<string>()) is { } subtype)
        {
            return subtype;
        }

        // A type of a newer version is shown as far as every type is: the names of types are an open enum.
        if (_use == SchemaUse.Answer && ObjectShape.Of(_definition, schema).Properties.TryGetValue(name, out var types)
            && (bool?)_definition.Resolve(types)["isOpen"] == true)
        {
            return schema;
        }

        Add($"{pointer}/{name}", $"is '{given}', which is not a type of api-version {_definition.Version}");
        return null;
    }

    private void Array(JsonObject schema, JsonNode value, string pointer, int depth)
    {
        if (value is not JsonArray items)
        {
            Add(pointer, $"is {Kind(value)}, not an array");
            return;
        }

        if (items.Count < (int?)schema["minItems"] || items.Count > (int?)schema["maxItems"])
        {
            Add(pointer, $"has {items.Count} items, outside its limits");
        }

        if ((bool?)schema["uniqueItems"] == true
            && items.Select(i => i?.ToJsonString()).Distinct(StringComparer.Ordinal).Count() < items.Count)
        {
            Add(pointer, "contains a duplicate item");
        }

        for (var at = 0; schema["items"] is JsonObject item && at < items.Count; at++)
        {
            Value(item, items[at], $"{pointer}/{at.ToString(CultureInfo.InvariantCulture)}", depth + 1);
        }
    }

    private void Text(JsonObject schema, JsonNode value, string pointer)
    {
        if (value.GetValueKind() != JsonValueKind.String)
        {
            Add(pointer, $"is {Kind(value)}, not a string");
            return;
        }

        if (TextRules.Problem(schema, value.GetValue<string>()) is { } problem)
        {
            Add(pointer, problem);
        }
    }

    private void Number(JsonObject schema, JsonNode value, string pointer, bool mustBeWhole)
    {
        if (value.GetValueKind() != JsonValueKind.Number || !decimal.TryParse(
            value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            Add(pointer, $"is {Kind(value)}, not a number");
            return;
        }

        if (NumberRules.Problem(schema, number, mustBeWhole) is { } problem)
        {
            Add(pointer, problem);
        }
    }

    private void Add(string pointer, string problem) => _problems.Add(new(pointer, problem));

    private static string Escaped(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Kind(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
