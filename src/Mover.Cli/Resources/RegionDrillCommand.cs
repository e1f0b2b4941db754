using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary><c>mover region drill</c>: rehearses the loss of the region that serves, without touching it.</summary>
internal static class RegionDrillCommand
{
    private static readonly Column[] Steps =
    [
        new("Step", "name"), new("Held", "held"), new("Seconds", "seconds"), new("Result", "detail"),
    ];

    public static Command Create(NounVerbs verbs, ResultWriter results, Terminal terminal) => verbs.Build(
        "drill",
        "Rehearse the loss of the serving region: the standby takes over with a scratch copy, checks what works, and "
            + "removes it. Nothing else is changed. Exit code 8 when a check fails.",
        null, [], (plane, _, format, cancel) => RunAsync(plane, results, terminal, format, cancel));

    private static async Task RunAsync(
        ControlPlane plane, ResultWriter results, Terminal terminal, string format, CancellationToken cancel)
    {
        var subscription = ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel)).Text;
        var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Post, subscription + "/region/drill"), cancel);
        var drill = answer.Body as JsonObject ?? [];
        var isGood = drill["isGood"]?.GetValue<bool>() == true;
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(drill);
        }
        else
        {
            results.WriteMany(format, [.. (drill["steps"] as JsonArray ?? []).OfType<JsonObject>().Select(Row)], Steps);
        }

        if (isGood && ResultWriter.Is(format, ResultWriter.Table))
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"All checks passed: '{drill["region"]}' would serve {drill["secondsToServing"]} s after the command, "
                    + $"and writes of '{drill["lost"]}' within {drill["ageSeconds"]} s would be lost."));
        }

        if (!isGood)
        {
            throw new CliException(
                ExitCodes.NotReady, "DrillFailed", $"'{drill["region"]}' could not fully take over after a loss of '{drill["lost"]}'.",
                "See the failed steps.");
        }
    }

    private static JsonObject Row(JsonObject step)
    {
        var row = step.DeepClone().AsObject();
        row["held"] = step["held"]?.GetValue<bool>() == true ? "yes" : "NO";
        return row;
    }
}
