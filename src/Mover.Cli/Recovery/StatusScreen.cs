using System.Text.Json.Nodes;
using Mover.Cli.Output;
using Mover.Core.Arm;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>What <c>mover recovery status</c> shows.</summary>
/// <param name="Source">The estate that was snapshot, and where.</param>
/// <param name="Outage">Why its control plane does not answer; null when it does.</param>
/// <param name="Snapshot">The last snapshot.</param>
/// <param name="Drills">What is known of drills.</param>
/// <param name="Steps">How far a recovery is.</param>
internal sealed record StatusScreen(
    string Source, string? Outage, string Snapshot, DrillState Drills, IReadOnlyList<RecoveryStep> Steps)
{
    private const int LineCharsMax = 4_000;

    /// <summary>The first step that is not done; null when all are.</summary>
    public RecoveryStep? Next => Steps.FirstOrDefault(step => !step.IsDone);

    public void Write(TextWriter writer)
    {
        // A snapshot may come from anybody.
        writer.WriteLine($"Estate      {Line(Source)}");
        writer.WriteLine($"Control     {(Outage is null ? "responds" : $"is OUT: {Line(Outage)}")}");
        writer.WriteLine($"Snapshot    {Snapshot}");
        foreach (var (title, text) in Drills.Lines())
        {
            writer.WriteLine($"{title,-11} {text}");
        }

        writer.WriteLine();
        TextTable.Write(writer, ["What", "Now"], Works(Outage is not null));
        writer.WriteLine();
        TextTable.Write(
            writer, ["Step", "State", "Found"], [.. Steps.Select(step =>
                new[] { step.Name, step.IsDone ? "done" : "to do", Line(step.Detail) })]);
        writer.WriteLine();
        writer.WriteLine((Outage, Next) switch
        {
            (_, null) => "Recovered: every job is running or has run at the destination.",
            (null, { Name: StandbyProgress.ActivateStep }) => $"Nothing to recover. If the region is lost: {Line(Next.Command)}",
            (null, { Name: not StandbyProgress.StandbyStep }) when Steps.All(step => !step.IsDone) =>
                $"Nothing to recover. To rehearse: {Line(Next.Command)}",
            _ => $"Next: {Line(Next.Command)}",
        });
    }

    public JsonObject ToJson() => new()
    {
        ["source"] = Source,
        ["outage"] = Outage,
        ["snapshot"] = Snapshot,
        ["drills"] = Drills.ToJson(),
        ["steps"] = new JsonArray([.. Steps.Select(step => (JsonNode)new JsonObject
        {
            ["name"] = step.Name, ["done"] = step.IsDone, ["detail"] = step.Detail, ["command"] = step.Command,
        })]),
        ["next"] = Next?.Command,
    };

    private static string Line(string text) => PrintedText.Of(text, LineCharsMax);

    private static IReadOnlyList<string[]> Works(bool isOut) => isOut
        ?
        [
            ["Runs in progress", "continue while their agents, sources and targets are up; they report when the control plane is back"],
            ["New runs, schedules, changes", "unavailable"],
            ["Progress and history", "unavailable; they come back with the control plane, not with a recovery"],
        ]
        :
        [
            ["Runs in progress", "continue"],
            ["New runs, schedules, changes", "available"],
            ["Progress and history", "available"],
        ];
}
