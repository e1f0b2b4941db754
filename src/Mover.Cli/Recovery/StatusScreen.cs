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
/// <param name="Works">What works and what does not: titles and texts.</param>
/// <param name="Steps">How far a recovery is.</param>
/// <param name="Next">What to do next; null when nothing is left.</param>
internal sealed record StatusScreen(
    string Source, string? Outage, string Snapshot, DrillState Drills, IReadOnlyList<(string What, string Now)> Works,
    IReadOnlyList<RecoveryStep> Steps, NextCommand? Next)
{
    private const int LineCharsMax = 4_000;

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
        TextTable.Write(writer, ["What", "Now"], [.. Works.Select(row => new[] { row.What, Line(row.Now) })]);
        writer.WriteLine();
        TextTable.Write(
            writer, ["Step", "State", "Found"], [.. Steps.Select(step =>
                new[] { step.Name, step.IsDone ? "done" : "to do", Line(step.Detail) })]);
        writer.WriteLine();
        if (Next is null)
        {
            writer.WriteLine("Recovered: every job is running or has run at the destination.");
            return;
        }

        Next.Write(writer, (Outage, Steps.FirstOrDefault(step => !step.IsDone)) switch
        {
            (null, { Name: StandbyProgress.ActivateStep }) => "Nothing to recover. If the region is lost",
            (null, { Name: not StandbyProgress.StandbyStep }) when Steps.All(step => !step.IsDone) => "Nothing to recover. To rehearse",
            _ => "Next",
        });
    }

    public JsonObject ToJson()
    {
        var document = new JsonObject
        {
            ["source"] = Source,
            ["outage"] = Outage,
            ["snapshot"] = Snapshot,
            ["drills"] = Drills.ToJson(),
            ["works"] = new JsonArray([.. Works.Select(row => (JsonNode)new JsonObject { ["what"] = row.What, ["now"] = row.Now })]),
            ["steps"] = new JsonArray([.. Steps.Select(step => (JsonNode)new JsonObject
            {
                ["name"] = step.Name, ["done"] = step.IsDone, ["detail"] = step.Detail, ["command"] = step.Command,
            })]),
        };
        (Next ?? new((string?)null)).AddTo(document);
        return document;
    }

    /// <summary>What works, by what was asked.</summary>
    /// <param name="isOut">Whether the source's control plane does not answer.</param>
    /// <param name="destination">What is known of the destination.</param>
    /// <param name="targets">What is known of the storage accounts; null when none is named or none could be asked about.</param>
    public static IReadOnlyList<(string What, string Now)> WorksOf(bool isOut, string destination, string? targets)
    {
        (string, string)[] source = isOut
            ?
            [
                ("Runs in progress", "continue while their agents, sources and targets are up; they report when the control plane is back"),
                ("New runs, schedules, changes", "unavailable"),
                ("Progress and history", "unavailable; they come back with the control plane, not with a recovery"),
            ]
            :
            [
                ("Runs in progress", "continue"),
                ("New runs, schedules, changes", "available"),
                ("Progress and history", "available"),
            ];
        return [.. source, ("Destination", destination), .. targets is null ? [] : new[] { ("Targets", targets) }];
    }

    private static string Line(string text) => PrintedText.Of(text, LineCharsMax);
}
