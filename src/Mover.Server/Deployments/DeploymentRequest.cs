using System.Text;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Settings;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>The body of a PUT, validate or what-if. It is not strict JSON: clients paste the user's template into it.</summary>
internal sealed record DeploymentRequest
{
    public const string Incremental = "Incremental";
    public const string Complete = "Complete";

    private static readonly string[] Outer = ["location", "tags", "properties", "identity"];

    private static readonly string[] Known =
    [
        "template", "templateLink", "parameters", "parametersLink", "mode", "debugSetting", "onErrorDeployment",
        "expressionEvaluationOptions", "validationLevel", "whatIfSettings", "extensionConfigs",
    ];

    public required TemplateValue Template { get; init; }

    /// <summary>The parameters as on the wire; null for none.</summary>
    public ObjectValue? Parameters { get; init; }

    public required string Mode { get; init; }

    public string? Location { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    public string? DebugSetting { get; init; }

    /// <summary>Whether only ids are asked for by a what-if.</summary>
    public bool IsIdsOnly { get; init; }

    public bool IsComplete => Mode == Complete;

    /// <summary>Reads a body, or says what is wrong with it.</summary>
    public static async Task<Result<DeploymentRequest>> ReadAsync(HttpContext http, CancellationToken cancel)
    {
        if (!(await ReadValueAsync(http, cancel)).Try(out var body, out var refusal))
        {
            return refusal;
        }

        if (body is not ObjectValue whole)
        {
            return ArmErrors.InvalidContent("a JSON object is expected.");
        }

        if (Unknown(whole, Outer, "DeploymentContent", string.Empty) is { } unknown)
        {
            return unknown;
        }

        return whole["properties"] is ObjectValue properties
            ? Read(whole, properties)
            : ArmErrors.InvalidContent("Required property 'properties' not found in JSON.", "properties");
    }

    /// <summary>Reads a body that may be lenient JSON.</summary>
    public static async Task<Result<TemplateValue>> ReadValueAsync(HttpContext http, CancellationToken cancel)
    {
        if (BodyContent.Open(http.Request) is not { } content)
        {
            return ArmErrors.UnsupportedMediaType();
        }

        try
        {
            await using var bounded = new BoundedBody(content, ServerOptions.BodyBytesMax);
            using var reader = new StreamReader(bounded, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return LenientJson.Parse(await reader.ReadToEndAsync(cancel));
        }
        catch (BodyTooLargeException)
        {
            return ArmErrors.BodyTooLarge(ServerOptions.BodyBytesMax);
        }
        catch (FormatException broken)
        {
            return ArmErrors.InvalidContent(broken.Message);
        }
        catch (InvalidDataException)
        {
            return ArmErrors.InvalidContent("the body does not match its Content-Encoding.");
        }
        catch (DecoderFallbackException)
        {
            return ArmErrors.InvalidContent("the body is not UTF-8.");
        }
    }

    private static Result<DeploymentRequest> Read(ObjectValue whole, ObjectValue properties)
    {
        if (Unknown(properties, Known, "DeploymentPropertiesDefinition", "properties.") is { } unknown)
        {
            return unknown;
        }

        foreach (var link in new[] { "templateLink", "parametersLink" })
        {
            if (properties[link] is { } linked and not NullValue)
            {
                return CheckLink(linked, $"properties.{link}");
            }
        }

        if (properties["onErrorDeployment"] is not (null or NullValue))
        {
            return ArmErrors.InvalidDeployment(
                "'onErrorDeployment' is not supported: nothing is deployed in place of a failed deployment.",
                "properties.onErrorDeployment");
        }

        var mode = Text(properties["mode"]);
        var known = new[] { Incremental, Complete }.FirstOrDefault(one => one.Equals(mode, StringComparison.OrdinalIgnoreCase));
        if (known is null)
        {
            return ArmErrors.InvalidContent(
                mode is null ? "Required property 'mode' not found in JSON." : "The 'mode' must be Incremental or "
                    + "Complete.", "properties.mode");
        }

        if (properties["template"] is not { } template)
        {
            return ArmErrors.InvalidContent("Required property 'template' not found in JSON.", "properties.template");
        }

        if (properties["parameters"] is not (null or NullValue or ObjectValue))
        {
            return ArmErrors.InvalidContent("The 'parameters' must be a JSON object.", "properties.parameters");
        }

        var parameters = properties["parameters"] as ObjectValue;
        var referring = parameters?.FirstOrDefault(one => one.Value is ObjectValue given && given["reference"] is not null).Name;
        return referring is not null ? ArmErrors.ParameterReferenceNotSupported(referring)
            : !Tagged(whole["tags"]).Try(out var tags, out var wrong) ? wrong
            : new DeploymentRequest
            {
                Template = template,
                Parameters = parameters,
                Mode = known,
                Location = Text(whole["location"]),
                Tags = tags.Count == 0 ? null : tags,
                DebugSetting = Text((properties["debugSetting"] as ObjectValue)?["detailLevel"]),
                IsIdsOnly = Text((properties["whatIfSettings"] as ObjectValue)?["resultFormat"])
                    ?.Equals("ResourceIdOnly", StringComparison.OrdinalIgnoreCase) == true,
            };
    }

    private static ArmError CheckLink(TemplateValue linked, string member)
    {
        var text = Text((linked as ObjectValue)?["uri"]);
        return text is not null && (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.IsLoopback || uri.IsUnc)
            ? ArmErrors.ContentLinkInvalid(text, member)
            : ArmErrors.ContentLinkNotSupported(member);
    }

    private static Result<Dictionary<string, string>> Tagged(TemplateValue? written)
    {
        if (written is not ObjectValue tags)
        {
            return written is null or NullValue ? new Dictionary<string, string>(StringComparer.Ordinal)
                : ArmErrors.InvalidContent("The 'tags' must be a JSON object.", "tags");
        }

        return tags.Any(tag => tag.Value is not StringValue)
            ? ArmErrors.InvalidContent("The value of a tag must be a string.", "tags")
            : tags.ToDictionary(tag => tag.Name, tag => Text(tag.Value) ?? string.Empty, StringComparer.Ordinal);
    }

    private static ArmError? Unknown(ObjectValue value, string[] known, string type, string path)
    {
        foreach (var member in value)
        {
            if (!known.Contains(member.Name, StringComparer.OrdinalIgnoreCase))
            {
                var name = PrintedText.Of(member.Name, 100);
                return ArmErrors.InvalidContent(
                    $"'Could not find member '{name}' on object of type '{type}'. Path '{path}{name}', line {member.Place.Line}, position "
                    + $"{member.Place.Column}.'", path + name);
            }
        }

        return null;
    }

    private static string? Text(TemplateValue? value) => (value as StringValue)?.Value;
}
