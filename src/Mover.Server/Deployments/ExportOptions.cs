using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;

namespace Mover.Server.Deployments;

/// <summary>What is asked of an export.</summary>
internal sealed record ExportOptions
{
    private const string Json = "Json";
    private const string Bicep = "Bicep";
    private const string Defaults = "IncludeParameterDefaultValue";
    private const string Comments = "IncludeComments";
    private const string LiteralNames = "SkipResourceNameParameterization";
    private const string Literal = "SkipAllParameterization";
    private static readonly string[] Known = [Defaults, Comments, LiteralNames, Literal];

    public bool HasDefaults { get; init; }

    public bool HasComments { get; init; }

    /// <summary>Whether names stand as they are.</summary>
    public bool HasLiteralNames { get; init; }

    /// <summary>Whether everything stands as it is.</summary>
    public bool IsLiteral { get; init; }

    /// <summary>Whether Bicep is wanted in place of the template.</summary>
    public bool IsBicep { get; init; }

    /// <summary>The resources to export with what is below them; null for all.</summary>
    public IReadOnlyList<ResourceId>? Only { get; init; }

    /// <summary>Reads a request.</summary>
    public static Result<ExportOptions> Read(JsonObject body, ResourceId group)
    {
        var format = Text(body["outputFormat"]) ?? Json;
        var isBicep = format.Equals(Bicep, StringComparison.OrdinalIgnoreCase);
        if (!isBicep && !format.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.ExportFormatNotSupported(format);
        }

        var options = (Text(body["options"]) ?? string.Empty).Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = options.FirstOrDefault(one => !Known.Contains(one, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            return ArmErrors.InvalidContent(
                $"the option '{PrintedText.Of(unknown, 100)}' must be one of {string.Join(", ", Known)}.", "options");
        }

        if (body["resources"] is not JsonArray { Count: > 0 } resources)
        {
            return ArmErrors.InvalidContent("'resources' must be a list of resource ids, or [\"*\"].", "resources");
        }

        var only = new List<ResourceId>();
        foreach (var text in resources.Select(Text))
        {
            if (text == "*")
            {
                continue;
            }

            if (!ResourceId.TryParse(text, out var id) || id.Type.Length == 0
                || ResourceId.OfGroup(id.Subscription, id.ResourceGroup) != group)
            {
                return ArmErrors.InvalidContent($"'{PrintedText.Of(text ?? "null", 200)}' is not a resource of the group.", "resources");
            }

            only.Add(id);
        }

        bool Has(string name) => options.Contains(name, StringComparer.OrdinalIgnoreCase);
        return new ExportOptions
        {
            HasDefaults = Has(Defaults),
            HasComments = Has(Comments),
            HasLiteralNames = Has(LiteralNames) || Has(Literal),
            IsLiteral = Has(Literal),
            IsBicep = isBicep,
            Only = resources.Any(one => Text(one) == "*") ? null : only,
        };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
