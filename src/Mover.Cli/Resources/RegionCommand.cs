using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover region status|failover|failback|diverged|drill</c>: which of two paired regions serves, what its loss would lose, taking over,
/// and rehearsing that.
/// </summary>
internal static class RegionCommand
{
    private static readonly Column[] Regions =
    [
        new("Region", "region"), new("Duty", "duty"), new("Epoch", "epoch"), new("Answers", "answers"), new("Copy", "copy"),
        new("Addresses", "addresses"),
    ];

    private static readonly Column[] Works = [new("What", "what"), new("Works now", "works")];

    private static readonly Column[] Steps = [new("Step", "name"), new("Seconds", "seconds"), new("Result", "detail")];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(StorageAccountCommand.Noun, terminal);
        var results = new ResultWriter(terminal);
        var unplanned = new Option<string?>("--unplanned")
        {
            Description = "Name of the lost region: take over without it. Writes that it acknowledged and the copy does not have may be "
                + "lost.",
            HelpName = "region",
        };
        var force = new Option<bool>("--force") { Description = "With --unplanned: take over even if the region still responds." };
        var yes = Prompts.YesFlag();
        Command Taking(string name, string help, Option[] flags) => verbs.Build(
            name, help, null, [.. flags],
            (plane, parsed, format, cancel) => FailoverAsync(
                plane, results, terminal, format,
                flags.Contains(unplanned) ? parsed.GetValue(unplanned) : null, flags.Contains(force) && parsed.GetValue(force),
                parsed.GetValue(yes), cancel));
        return new("region", "Show a region and its pair, and move the service between them.")
        {
            verbs.Build(
                "status", "Show which region serves, the age of the copy, what works now, and the next command.", null, [],
                (plane, _, format, cancel) => ShowAsync(plane, results, terminal, format, cancel)),
            Taking(
                "failover",
                "Make the standby serve. A planned failover loses nothing: the other region hands over. With --unplanned, the other "
                    + "region is lost.",
                [unplanned, force, yes]),
            DivergedCommand.Create(verbs, results, terminal),
            RegionDrillCommand.Create(verbs, results, terminal),
            Taking("failback", "Fail back: the same planned move, to the region that is now the standby.", [yes]),
        };
    }

    private static async Task ShowAsync(
        ControlPlane plane, ResultWriter results, Terminal terminal, string format, CancellationToken cancel)
    {
        var status = await ReadAsync(plane, cancel);
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(status);
            return;
        }

        results.WriteMany(format, [Own(status), .. status["pair"] is JsonObject pair ? (JsonObject[])[Pair(pair)] : []], Regions);
        if (!ResultWriter.Is(format, ResultWriter.Table))
        {
            return;
        }

        terminal.Out.WriteLine();
        results.WriteMany(format, [.. WorksOf(status)], Works);
        terminal.Out.WriteLine();
        foreach (var line in RegionOutlook.Of(status))
        {
            terminal.Out.WriteLine(line);
        }
    }

    private static async Task FailoverAsync(
        ControlPlane plane, ResultWriter results, Terminal terminal, string format, string? lost, bool force, bool yes,
        CancellationToken cancel)
    {
        var status = await ReadAsync(plane, cancel);
        foreach (var line in RegionOutlook.BeforeFailover(status, lost))
        {
            terminal.Error.WriteLine(line);
        }

        Prompts.Confirm(terminal, yes, "Continue?");
        var subscription = await plane.GetSubscriptionAsync(cancel);
        var body = new JsonObject { ["unplanned"] = lost, ["force"] = force };
        var answer = await plane.Client.Pipeline.SendAsync(
            new(HttpMethod.Post, $"/subscriptions/{subscription}/region/failover", body), cancel);
        var done = answer.Body as JsonObject ?? [];
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(done);
            return;
        }

        results.WriteMany(format, [.. (done["steps"] as JsonArray ?? []).OfType<JsonObject>()], Steps);
        if (ResultWriter.Is(format, ResultWriter.Table))
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine(done["completeAt"] is { } at
                ? $"'{done["region"]}' serves in epoch {done["epoch"]}. Writes acknowledged after {at} may be lost; "
                    + "'mover region status' shows when the other region is back and what it had."
                : $"'{done["region"]}' serves in epoch {done["epoch"]}. Nothing was lost.");
        }
    }

    private static async Task<JsonObject> ReadAsync(ControlPlane plane, CancellationToken cancel)
    {
        var subscription = await plane.GetSubscriptionAsync(cancel);
        var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, $"/subscriptions/{subscription}/region"), cancel);
        return answer.Body as JsonObject ?? [];
    }

    private static JsonObject Own(JsonObject status) => new()
    {
        ["region"] = $"{status["region"]}",
        ["duty"] = $"{status["duty"]}",
        ["epoch"] = $"{status["epoch"]}",
        ["answers"] = "yes, this one",
        ["copy"] = RegionOutlook.CopyText(status["copy"] as JsonObject),
        ["addresses"] = string.Empty,
    };

    private static JsonObject Pair(JsonObject pair) => new()
    {
        ["region"] = $"{pair["region"]}",
        ["duty"] = $"{pair["duty"] ?? "not known"}",
        ["epoch"] = $"{pair["epoch"]}",
        ["answers"] = pair["reachable"]?.GetValue<bool>() == true ? "yes"
            : pair["silentSince"] is { } since ? string.Create(CultureInfo.InvariantCulture, $"no, since {since}") : "no",
        ["copy"] = RegionOutlook.CopyText(pair["copy"] as JsonObject),
        ["addresses"] = string.Join(", ", (pair["addresses"] as JsonArray ?? []).Select(one => $"{one}")),
    };

    private static IEnumerable<JsonObject> WorksOf(JsonObject status) =>
        RegionOutlook.Works(status).Select(one => new JsonObject { ["what"] = one.What, ["works"] = one.Works });
}
