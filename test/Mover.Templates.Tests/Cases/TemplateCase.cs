using System.Text.RegularExpressions;
using Mover.Templates.Deployments;
using Mover.Templates.Evaluation;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Tests.Cases;

/// <summary>A template with its right answer, as Azure's own engine gave it.</summary>
public sealed partial class TemplateCase(string id, ObjectValue written)
{
    private static readonly Lazy<IReadOnlyDictionary<string, TemplateCase>> Read = new(() =>
        ((ArrayValue)LenientJson.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "cases.json")))).Items
            .Cast<ObjectValue>()
            .Select(one => new TemplateCase(Text(one["id"]) ?? string.Empty, one))
            .ToDictionary(one => one.Id, StringComparer.Ordinal));

    /// <summary>Where all cases are deployed.</summary>
    public static DeploymentContext Context { get; } = new()
    {
        SubscriptionId = "11111111-2222-3333-4444-555555555555",
        ResourceGroup = "dr-west",
        Location = "westus",
        TenantId = "99999999-8888-7777-6666-555555555555",
        DeploymentName = "wave1",
        Now = new(2026, 11, 29, 8, 0, 0, TimeSpan.Zero),
        NewGuid = () => Guid.Empty,
    };

    /// <summary>All of them by id.</summary>
    public static IReadOnlyDictionary<string, TemplateCase> All => Read.Value;

    /// <summary>Its name.</summary>
    public string Id { get; } = id;

    /// <summary>expression, template, error, whatif or export.</summary>
    public string Kind => Text(written["kind"]) ?? string.Empty;

    /// <summary>Whether the answer needs the template alone, and no server around it.</summary>
    public bool IsPure => written["template"] is ObjectValue { Count: > 0 }
        && (written["request"] as ObjectValue)?["deploymentName"] is null
        && (written["request"] as ObjectValue)?["rawText"] is null
        && (written["request"] as ObjectValue)?["raw"] is null;

    /// <summary>The right outputs; null when there are none to compare.</summary>
    public TemplateValue? Outputs => Expected["outputs"] is { } outputs ? Filled(outputs) : null;

    /// <summary>The resources that must be there; null when that does not matter.</summary>
    public ArrayValue? Resources => Expected["resources"] is { } resources ? (ArrayValue)Filled(resources) : null;

    /// <summary>The codes of which the error has one.</summary>
    public IReadOnlyList<string> Codes => Expected["code"] switch
    {
        StringValue one => [one.Value],
        ArrayValue many => [.. many.Items.Select(code => Text(code) ?? string.Empty)],
        _ => [],
    };

    /// <summary>What the error's message contains, <c>*</c> standing for anything; null when that does not matter.</summary>
    public Regex? Message => (Text(Expected["core"]) ?? Text(Expected["message"])) is { } text
        ? new(Regex.Escape(Fill(text)).Replace(@"\*", ".*", StringComparison.Ordinal), RegexOptions.Singleline, TimeSpan.FromSeconds(1))
        : null;

    private ObjectValue Expected => (ObjectValue)(written["expected"] ?? ObjectValue.Empty);

    /// <summary>The template as written.</summary>
    public TemplateValue Template => written["template"] ?? ObjectValue.Empty;

    /// <summary>The plan of the template.</summary>
    public DeploymentPlan Plan() => DeploymentPlan.Create(Filled(Template), written["parameters"] as ObjectValue, Context);

    private static string? Text(TemplateValue? value) => (value as StringValue)?.Value;

    private static TemplateValue Filled(TemplateValue value) => LenientJson.Parse(Fill(ValueText.ToJson(value)));

    private static string Fill(string text) => Computed().Replace(
        text.Replace("{sub}", Context.SubscriptionId, StringComparison.Ordinal)
            .Replace("{rg}", Context.ResourceGroup, StringComparison.Ordinal)
            .Replace("{location}", Context.Location, StringComparison.Ordinal)
            .Replace("{tenant}", Context.TenantId, StringComparison.Ordinal)
            .Replace("{deployment}", Context.DeploymentName, StringComparison.Ordinal),
        match => match.Groups[1].Value == "guid"
            ? HashFunctions.NameGuid(match.Groups[2].Value.Replace('|', '-'))
            : HashFunctions.UniqueString(match.Groups[2].Value.Replace('|', '-')));

    [GeneratedRegex(@"\{\{(uniqueString|guid):([^}]*)\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Computed();
}
