using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover region diverged</c>: what a region wrote and its pair never got; taking it over, one by one or all of an epoch, and giving it
/// up.
/// </summary>
internal static class DivergedCommand
{
    // 1,000 documents each; the server's store has more deletions in no list.
    private const int PagesMax = 100;

    private static readonly Column[] Columns =
    [
        new("Epoch", "epoch"), new("Resource", "key"), new("How", "kind"), new("By", "by"), new("At", "at"), new("Version", "hereVersion"),
        new("Served version", "thereVersion"), new("To take over", "taking"),
    ];

    public static Command Create(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var take = new Option<string[]>("--take")
        {
            Description = "Write this resource's version, or its deletion, to the serving region. Repeatable.",
            HelpName = "id",
        };
        var takeAll = new Option<long?>("--take-all")
        {
            Description = "Do the same for everything of an epoch that can be taken over.", HelpName = "epoch",
        };
        var force = new Option<bool>("--force")
        {
            Description = "With --take or --take-all: also overwrite resources changed at the serving region since the two diverged.",
        };
        var drop = new Option<long?>("--drop")
        {
            Description = "Discard what this region wrote in an epoch and its pair never received.", HelpName = "epoch",
        };
        var only = new Option<long?>("--epoch") { Description = "Only writes of this epoch.", HelpName = "epoch" };
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "diverged",
            "List writes of this region that its pair never received, take them over, or discard them; "
                + "--output json includes the documents.",
            null, [take, takeAll, force, drop, only, yes],
            async (plane, parsed, format, cancel) =>
            {
                var (ids, all, epoch) = (parsed.GetValue(take) ?? [], parsed.GetValue(takeAll), parsed.GetValue(drop));
                Check(ids, all, epoch, parsed.GetValue(only), parsed.GetValue(force));
                if (epoch is { } given)
                {
                    await DropAsync(plane, terminal, given, parsed.GetValue(yes), cancel);
                }
                else if (ids.Length > 0 || all is not null)
                {
                    if (all is { } named)
                    {
                        await RequireAsync(plane, named, cancel);
                    }

                    var (listed, isWhole) = await ReadAllAsync(plane, all ?? parsed.GetValue(only), cancel);
                    if (!isWhole)
                    {
                        terminal.Error.WriteLine("There are more writes than the list can show; those not listed are not taken over.");
                    }

                    var taking = new DivergedTake(plane, results, terminal, parsed.GetValue(force), parsed.GetValue(yes));
                    await taking.RunAsync(listed, ids, all, format, cancel);
                }
                else
                {
                    await ListAsync(plane, results, terminal, parsed.GetValue(only), format, cancel);
                }
            });
    }

    private static void Check(string[] ids, long? all, long? drop, long? only, bool force)
    {
        if ((ids.Length > 0 ? 1 : 0) + (all is null ? 0 : 1) + (drop is null ? 0 : 1) > 1)
        {
            throw CliException.Usage("--take, --take-all and --drop are mutually exclusive.", "Use one of them.");
        }

        if (force && ids.Length == 0 && all is null)
        {
            throw CliException.Usage("--force requires --take or --take-all.");
        }

        if (only is not null && (all is not null || drop is not null))
        {
            throw CliException.Usage("--epoch works only with --take or the list; --take-all and --drop take the epoch themselves.");
        }
    }

    private static async Task DropAsync(ControlPlane plane, Terminal terminal, long epoch, bool yes, CancellationToken cancel)
    {
        Prompts.Confirm(terminal, yes, $"Delete the writes of epoch {epoch} that are not served?");
        var path = await PathAsync(plane, cancel);
        await plane.Client.Pipeline.SendAsync(
            new(HttpMethod.Delete, string.Create(CultureInfo.InvariantCulture, $"{path}/{epoch}")), cancel);
    }

    private static async Task ListAsync(
        ControlPlane plane, ResultWriter results, Terminal terminal, long? epoch, string format, CancellationToken cancel)
    {
        var list = await ReadPageAsync(plane, epoch, null, cancel);
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(list);
            return;
        }

        results.WriteMany(format, [.. ItemsOf(list).Select(Row)], Columns);
        if (list["hasMore"]?.GetValue<bool>() == true)
        {
            terminal.Error.WriteLine(list["next"] is null
                ? "There are more deletions than listed."
                : "There are more: take over or discard these first, or specify an epoch with --epoch.");
        }
    }

    // What stands in the list does not move while it is read: it changes only by what is taken over.
    private static async Task<(List<JsonObject> Listed, bool IsWhole)> ReadAllAsync(
        ControlPlane plane, long? epoch, CancellationToken cancel)
    {
        var all = new List<JsonObject>();
        string? after = null;
        for (var page = 0; page < PagesMax; page++)
        {
            var list = await ReadPageAsync(plane, epoch, after, cancel);
            all.AddRange(ItemsOf(list));
            after = list["next"]?.ToString();
            if (after is null)
            {
                return (all, list["hasMore"]?.GetValue<bool>() != true);
            }
        }

        return (all, false);
    }

    private static async Task RequireAsync(ControlPlane plane, long epoch, CancellationToken cancel)
    {
        var path = $"{ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel)).Text}/region";
        var status = (await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, path), cancel)).Body;
        var kept = (status?["diverged"] as JsonArray ?? []).Select(one => $"{one?["epoch"]}").ToList();
        if (!kept.Contains(epoch.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal))
        {
            throw new CliException(
                ExitCodes.NotFound, "EpochNotKept", $"This region has no diverged writes of epoch {epoch}.",
                kept.Count == 0 ? "It has none; ask the servers of the lost region (--server)."
                    : $"It has epoch {string.Join(", ", kept)}.");
        }
    }

    private static async Task<JsonObject> ReadPageAsync(ControlPlane plane, long? epoch, string? after, CancellationToken cancel)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?epoch={epoch}&after={Uri.EscapeDataString(after ?? string.Empty)}");
        return (await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, await PathAsync(plane, cancel) + query), cancel)).Body
            as JsonObject ?? [];
    }

    private static async Task<string> PathAsync(ControlPlane plane, CancellationToken cancel) =>
        $"{ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel)).Text}/region/diverged";

    private static IEnumerable<JsonObject> ItemsOf(JsonObject list) => (list["items"] as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject Row(JsonObject told)
    {
        var shown = told["document"]?.DeepClone() as JsonObject ?? [];
        shown["epoch"] = $"{told["epoch"]}";
        shown["taking"] = told["write"] is null ? $"{told["note"]}"
            : shown["isChangedThere"]?.GetValue<bool>() == true ? "--take with --force: changed there since" : "--take";
        return shown;
    }
}
