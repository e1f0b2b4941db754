using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>
/// Holds values to the type that a parameter, an output or a function declares: <c>type</c> or <c>$ref</c>, its constraints, and in
/// language version 2.0 the types of members and elements, to any depth.
/// </summary>
/// <param name="definitions">The template's own types; null when it has none.</param>
internal sealed class TypeCheck(ObjectValue? definitions)
{
    private const string ReferencePrefix = "#/definitions/";

    /// <summary>Throws when a value does not fit.</summary>
    /// <param name="declared">The declaration.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">The path of the value, such as <c>p.name[1]</c>.</param>
    /// <param name="subject">Says what has the path, such as <c>the template parameter 'p'</c>.</param>
    public void Check(ObjectValue declared, TemplateValue value, string path, Func<string, string> subject) =>
        Check(declared, value, path, subject, 0);

    /// <summary>The type with its references followed; what stands beside a reference counts first.</summary>
    public ObjectValue Follow(ObjectValue declared)
    {
        for (var hops = 0; declared["$ref"] is StringValue reference; hops++)
        {
            if (hops > TemplateLimits.TypeDepthMax
                || !reference.Value.StartsWith(ReferencePrefix, StringComparison.Ordinal)
                || definitions?[reference.Value[ReferencePrefix.Length..]] is not ObjectValue target)
            {
                throw new TemplateException(
                    $"The template type reference '{reference.Value}' at line '{reference.Place.Line}' and column "
                    + $"'{reference.Place.Column}' does not lead to a definition.", place: reference.Place);
            }

            var merged = new ObjectBuilder();
            foreach (var member in target.Concat(declared).Where(m => !m.Name.Equals("$ref", StringComparison.OrdinalIgnoreCase)))
            {
                merged.Set(member.Name, member.Value, place: member.Place);
            }

            if (target["$ref"] is { } next)
            {
                merged.Set("$ref", next);
            }

            declared = merged.Build(declared.Place);
        }

        return declared;
    }

    private void Check(ObjectValue declared, TemplateValue value, string path, Func<string, string> subject, int depth)
    {
        if (depth > TemplateLimits.TypeDepthMax)
        {
            throw new TemplateException($"The type of {subject(path)} nests deeper than {TemplateLimits.TypeDepthMax} levels.");
        }

        declared = Follow(declared);
        TemplateException Invalid(string why) => new($"The provided value for {subject(path)} is not valid. {why}");
        if (value.Kind == ValueKind.Null && declared["nullable"] is BooleanValue { Value: true })
        {
            return;
        }

        var type = TypeName.Of(declared);
        if (type is { } wanted && wanted.Kind != value.Kind)
        {
            throw Invalid($"Expected a value of type '{wanted.Shown}', but received a value of type '{TypeName.ShownOf(value.Kind)}'.");
        }

        Constraints.Check(declared, value, Invalid);
        switch (value)
        {
            case ArrayValue array:
                CheckItems(declared, array, path, subject, depth);
                break;
            case ObjectValue one:
                CheckMembers(Chosen(declared, one, Invalid), one, path, subject, depth, Invalid);
                break;
            default:
                break;
        }
    }

    private void CheckItems(ObjectValue declared, ArrayValue array, string path, Func<string, string> subject, int depth)
    {
        var first = (declared["prefixItems"] as ArrayValue)?.Items ?? [];
        for (var at = 0; at < array.Items.Count; at++)
        {
            var item = at < first.Count ? first[at] : declared["items"];
            if (item is BooleanValue { Value: false })
            {
                throw new TemplateException(
                    $"The provided value for {subject(path)} is not valid. The array has {array.Items.Count} elements; its type allows "
                    + $"{first.Count}.");
            }

            if (item is ObjectValue type)
            {
                Check(type, array.Items[at], $"{path}[{at}]", subject, depth + 1);
            }
        }

        if (array.Items.Count < first.Count)
        {
            throw new TemplateException(
                $"The provided value for {subject(path)} is not valid. The array has {array.Items.Count} elements; its type requires "
                + $"{first.Count}.");
        }
    }

    private void CheckMembers(
        ObjectValue declared, ObjectValue one, string path, Func<string, string> subject, int depth,
        Func<string, TemplateException> invalid)
    {
        var properties = declared["properties"] as ObjectValue;
        foreach (var property in properties ?? ObjectValue.Empty)
        {
            if (property.Value is not ObjectValue type)
            {
                continue;
            }

            if (one[property.Name] is { } value)
            {
                Check(type, value, $"{path}.{property.Name}", subject, depth + 1);
            }
            else if (Follow(type)["nullable"] is not BooleanValue { Value: true })
            {
                throw invalid($"The following required property is missing: '{property.Name}'.");
            }
        }

        foreach (var extra in one.Where(member => properties?[member.Name] is null))
        {
            switch (declared["additionalProperties"])
            {
                case BooleanValue { Value: false }:
                    throw invalid($"The following property is not allowed: '{extra.Name}'.");
                case ObjectValue type:
                    Check(type, extra.Value, $"{path}.{extra.Name}", subject, depth + 1);
                    break;
                default:
                    break;
            }
        }
    }

    private ObjectValue Chosen(ObjectValue declared, ObjectValue one, Func<string, TemplateException> invalid)
    {
        if (declared["discriminator"] is not ObjectValue discriminator
            || discriminator["propertyName"] is not StringValue name
            || discriminator["mapping"] is not ObjectValue mapping)
        {
            return declared;
        }

        if (one[name.Value] is not StringValue chosen)
        {
            throw invalid($"The following required property is missing: '{name.Value}'.");
        }

        return mapping[chosen.Value] is ObjectValue type
            ? Follow(type)
            : throw invalid(
                $"The value '{chosen.Value}' of the property '{name.Value}' is not one of "
                    + $"'{string.Join(", ", mapping.Select(m => m.Name))}'.");
    }
}
