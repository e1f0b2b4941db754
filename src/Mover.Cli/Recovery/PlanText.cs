using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Output;
using Mover.Core.Arm;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary>A plan for eyes.</summary>
internal static class PlanText
{
    private const int ShownMax = 200;
    private const int ChangeCharsMax = 400;

    /// <summary>Writes a plan; <paramref name="ready"/> ends one that nothing blocks.</summary>
    public static void Write(TextWriter writer, RecoveryPlan plan, string ready)
    {
        writer.WriteLine(
            $"Plan {plan.Id}: {plan.From.Source.ResourceGroup} in {plan.From.Source.Location}, as of "
                + $"{plan.From.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, to {plan.To.ResourceGroup} in {plan.To.Location}.");
        writer.WriteLine();
        writer.WriteLine($"Changes to the snapshot ({plan.Changes.Count}):");
        TextTable.Write(
            writer, ["Rule", "Resource", "Change"],
            [.. plan.Changes.Take(ShownMax).Select(change => new[] { change.Rule, change.Name, Told(change) })]);
        More(writer, plan.Changes.Count);
        writer.WriteLine();
        writer.WriteLine($"At the destination ({plan.Effects.Count}):");
        TextTable.Write(
            writer, ["Effect", "Resources"],
            [.. plan.Effects.GroupBy(effect => effect.Change, StringComparer.Ordinal).OrderBy(some => some.Key, StringComparer.Ordinal)
                .Select(some => new[] { some.Key, $"{some.Count()}" })]);
        writer.WriteLine();
        if (plan.Later.Count > 0)
        {
            writer.WriteLine($"Set in a second step because of circular references ({plan.Later.Count}):");
            TextTable.Write(
                writer, ["Resource", "Property"], [.. plan.Later.Take(ShownMax).Select(one => new[] { one.Name, one.Property })]);
            More(writer, plan.Later.Count);
            writer.WriteLine();
        }

        writer.WriteLine("Lost:");
        foreach (var lost in plan.Lost)
        {
            writer.WriteLine($"  {lost}");
        }

        writer.WriteLine();
        foreach (var problem in plan.Problems)
        {
            writer.WriteLine($"{(problem.IsBlocking ? "In the way" : "Note")}: {problem.Code}: {problem.Message}");
            writer.WriteLine($"    {problem.Advice}");
        }

        writer.WriteLine(plan.IsReady()
            ? ready
            : "Not ready: fix the problems above and make the plan again.");
    }

    private static void More(TextWriter writer, int count)
    {
        if (count > ShownMax)
        {
            writer.WriteLine($"... and {count - ShownMax} more; use --output json to see all.");
        }
    }

    private static string Told(PlanChange change)
    {
        var text = change.Kind == PlanChangeKind.Removed
            ? "removed"
            : $"{change.Path}: {Value(change.Before)} -> {Value(change.After)}";
        return PrintedText.Of(text, ChangeCharsMax);
    }

    private static string Value(JsonNode? value) => value is null ? "none"
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : value.ToJsonString();
}
