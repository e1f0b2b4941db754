using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Templates;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>Values of templates as JSON and back.</summary>
internal static class TemplateText
{
    /// <summary>Compact JSON. Half characters, which expressions can make, become the replacement character.</summary>
    public static string Json(TemplateValue value) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(ValueText.ToJson(value)));

    /// <summary>A value as a JSON node.</summary>
    public static JsonNode? Node(TemplateValue value) => JsonNode.Parse(Json(value), null, new() { MaxDepth = 256 });

    /// <summary>A JSON node as a value.</summary>
    public static TemplateValue Value(JsonNode? node) => LenientJson.Parse(node?.ToJsonString() ?? "null");

    /// <summary>An object of some members.</summary>
    public static ObjectValue Object(params IReadOnlyList<(string Name, TemplateValue? Value)> members) =>
        new([.. members.Where(one => one.Value is not null).Select(one => new Member(one.Name, one.Value ?? TemplateValue.Null))]);

    /// <summary>The digits that tell one template from another: 64 bits of the SHA-256 of its compact JSON.</summary>
    public static string Hash(string json) =>
        BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(json))).ToString(CultureInfo.InvariantCulture);

    /// <summary>The refusal that a fault of a template is.</summary>
    public static ArmError Refusal(TemplateException fault) => ArmErrors.InvalidTemplate(
        fault.Code, fault.Message,
        fault.Path is null && fault.Place == default ? null : new(fault.Place.Line, fault.Place.Column, fault.Path ?? string.Empty));
}
