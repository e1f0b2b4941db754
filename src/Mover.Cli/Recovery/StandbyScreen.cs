using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Arm;
using Mover.Recovery;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;

namespace Mover.Cli.Recovery;

/// <summary>What <c>mover recovery standby</c> shows.</summary>
internal sealed class StandbyScreen(StandbyCheck check, Terminal terminal)
{
    private const int ShownMax = 200;
    private const int PropertiesCharsMax = 400;

    /// <summary>Writes what differed, and what was done about it; null for nothing.</summary>
    public void Write(string format, StandbyRepair? repair)
    {
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            new ResultWriter(terminal).WriteJson(ToJson(repair));
        }
        else if (!ResultWriter.Is(format, ResultWriter.None))
        {
            WriteText(repair);
        }

        foreach (var problem in check.Plan.Problems.Where(problem => !problem.IsBlocking || check.InTheWay.Contains(problem)))
        {
            terminal.Error.WriteLine($"{(problem.IsBlocking ? "In the way" : "Note")}: {problem.Code}: {problem.Message}");
            terminal.Error.WriteLine($"    {problem.Advice}");
        }

        terminal.Error.WriteLine(Outcome(repair));
    }

    private string Age => Ages.Of(terminal.Clock.GetUtcNow() - check.Plan.From.TakenAt);

    private void WriteText(StandbyRepair? repair)
    {
        var items = check.Drift.Items;
        TextTable.Write(
            terminal.Out, ["Change", "Resource", "Properties"],
            [.. items.Take(ShownMax).Select(item => new[] { item.Change, Short(item.Id), Told(item.Properties) })]);
        if (items.Count > ShownMax)
        {
            terminal.Out.WriteLine($"... and {items.Count - ShownMax} more; use --output json to see all.");
        }

        foreach (var kept in (repair?.Kept ?? check.Drift.Kept).Take(ShownMax))
        {
            terminal.Out.WriteLine($"Kept although the snapshot no longer has it: {Short(kept.Id)}: {kept.Reason}.");
        }
    }

    private string Outcome(StandbyRepair? repair)
    {
        var group = check.Plan.To.ResourceGroup;
        if (check.InTheWay.Count > 0)
        {
            return "Nothing was changed: fix the problems above first.";
        }

        if (repair is null)
        {
            return check.Drift.IsInStep ? $"The standby in {group} is in step with the snapshot, which is {Age} old."
                : $"{check.Drift.Items.Count} resources differ from the snapshot, which is {Age} old. Nothing was changed.";
        }

        return (check.IsNew, repair) switch
        {
            (true, _) => $"The standby in {group} is deployed: {repair.Written} resources, schedules off. Run this command again after "
                + "each snapshot, or let `mover recovery watch --standby` do it.",
            (_, { Written: 0, Deleted.Count: 0 }) when check.Drift.Replacements.Count == 0 =>
                $"The standby in {group} is in step with the snapshot, which is {Age} old. Nothing was written.",
            _ => $"The standby in {group} is in step again: {repair.Written} resources written, {repair.Deleted.Count} deleted.",
        };
    }

    private JsonObject ToJson(StandbyRepair? repair) => new()
    {
        ["plan"] = check.Plan.Id,
        ["snapshotTakenAt"] = check.Plan.From.TakenAt.UtcDateTime,
        ["isNew"] = check.IsNew,
        ["inStep"] = check.Drift.IsInStep,
        ["drift"] = new JsonArray([.. check.Drift.Items.Select(item => (JsonNode)new JsonObject
        {
            ["id"] = item.Id,
            ["change"] = item.Change,
            ["properties"] = new JsonArray([.. item.Properties.Select(one => (JsonNode)new JsonObject
            {
                ["path"] = one.Path, ["change"] = one.Change, ["before"] = one.Before?.DeepClone(), ["after"] = one.After?.DeepClone(),
            })]),
        })]),
        ["kept"] = new JsonArray([.. (repair?.Kept ?? check.Drift.Kept).Select(one => (JsonNode)new JsonObject
        {
            ["id"] = one.Id, ["reason"] = one.Reason,
        })]),
        ["repair"] = repair is null ? null : new JsonObject
        {
            ["written"] = repair.Written, ["deleted"] = new JsonArray([.. repair.Deleted.Select(id => (JsonNode)id)]),
        },
    };

    // Type and names, such as jobDefinitions m1/p1/j1.
    private static string Short(string text) =>
        ResourceId.TryParse(text, out var id) && id.Type.Length > 0
            ? PrintedText.Of($"{id.Type[(id.Type.LastIndexOf('/') + 1)..]} {string.Join('/', Names(id))}", PropertiesCharsMax)
            : PrintedText.Of(text, PropertiesCharsMax);

    private static IEnumerable<string> Names(ResourceId id) => id.Type.Length == 0 ? [] : Names(id.Parent).Append(id.Name);

    private static string Told(IReadOnlyList<PropertyEffect> properties) => PrintedText.Of(
        string.Join("; ", properties.Select(one =>
            one.Change == "Array" ? one.Path : $"{one.Path}: {Value(one.Before)} -> {Value(one.After)}")),
        PropertiesCharsMax);

    private static string Value(JsonNode? value) => value is null ? "none"
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : value.ToJsonString();
}
