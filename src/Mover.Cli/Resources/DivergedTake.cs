using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>
/// Takes diverged documents over: each is an ordinary request of the operator's to the region that serves, under its rules, on condition
/// that what is there is what the list showed. Done again, it changes nothing.
/// </summary>
internal sealed class DivergedTake(ControlPlane plane, ResultWriter results, Terminal terminal, bool force, bool yes)
{
    // What one needs may be taken over in the same call, whatever the order: refused ones are tried again while others succeed.
    private const int PassesMax = 3;

    private const string Taken = "Taken";
    private const string Deleted = "Deleted";
    private const string Same = "Same";
    private const string Conflict = "Conflict";
    private const string Refused = "Refused";
    private const string NotTaken = "NotTaken";
    private const string Unknown = "Unknown";

    private static readonly Column[] Columns =
    [
        new("Epoch", "epoch"), new("Resource", "key"), new("Result", "result"), new("Detail", "detail"),
    ];

    private static readonly string[] Done = [Taken, Deleted, Same];

    /// <summary>Takes over what is named, or everything that can be of an epoch; throws when something that was asked for is not.</summary>
    public async Task RunAsync(List<JsonObject> listed, string[] ids, long? epoch, string format, CancellationToken cancel)
    {
        var wanted = epoch is null ? Named(listed, ids) : listed.Select(item => new Item(item)).ToList();
        var writes = wanted.Where(item => item.Write is not null).ToList();
        if (writes.Count > 0)
        {
            var deletions = writes.Count(item => item.IsDeletion);
            Prompts.Confirm(
                terminal, yes, $"Write {writes.Count - deletions} and delete {deletions} documents at the serving region?");
        }

        var broken = await TakeAsync(writes, cancel);
        foreach (var item in wanted.Where(item => item.Write is null && item.Result.Length == 0))
        {
            (item.Result, item.Detail) = (NotTaken, item.Note);
        }

        var report = new JsonObject
        {
            ["items"] = new JsonArray([.. wanted.Select(item => (JsonNode)item.ToJson())]),
            ["epochs"] = new JsonArray([.. Epochs(listed, wanted, epoch).Select(one => (JsonNode)one)]),
        };
        Write(report, wanted, format);
        broken?.Throw();
        var left = wanted.Where(item => epoch is null ? !item.IsDone : !item.IsDone && !item.IsHistory).ToList();
        if (left.Count > 0)
        {
            throw new CliException(
                left.Exists(item => item.Result == Conflict) ? ExitCodes.Differs : ExitCodes.Refused, "NotTakenOver",
                $"{left.Count} of {wanted.Count} documents were not taken over.",
                left.Exists(item => item.Result == Conflict)
                    ? "Compare both versions (mover region diverged --output json), then use --force, or leave them."
                    : "See the reason next to each.");
        }
    }

    private static List<Item> Named(List<JsonObject> listed, string[] ids)
    {
        var found = new List<Item>();
        foreach (var id in ids.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var of = listed.Select(item => new Item(item)).Where(item => ArmCase.Same(item.Key, id) || ArmCase.Same(item.Id, id)).ToList();
            if (of.Count > 1)
            {
                throw CliException.Usage(
                    $"'{id}' was written in epochs {string.Join(", ", of.Select(item => item.Epoch))}.", "Specify one with --epoch.");
            }

            found.AddRange(of.Count == 1 ? of
                : [new Item(new() { ["document"] = new JsonObject { ["key"] = id } })
                {
                    Result = Same, Detail = "It is not in the list: both sides have the same version, or it was not written here.",
                }]);
        }

        return found;
    }

    // Null when each was answered; otherwise what ended it, and nothing was asked after that.
    private async Task<ExceptionDispatchInfo?> TakeAsync(List<Item> writes, CancellationToken cancel)
    {
        var left = writes.Where(item => !item.IsDeletion).OrderBy(item => item.Rank).ThenBy(item => item.Depth)
            .Concat(writes.Where(item => item.IsDeletion).OrderByDescending(item => item.Rank).ThenByDescending(item => item.Depth))
            .ToList();
        for (var pass = 0; pass < PassesMax && left.Count > 0; pass++)
        {
            foreach (var item in left)
            {
                try
                {
                    (item.Result, item.Detail) = await TakeAsync(item, cancel);
                }
                catch (Exception fault) when (fault is ArmException or UnreachableServerException)
                {
                    (item.Result, item.Detail) = (Unknown, fault.Message);
                    return ExceptionDispatchInfo.Capture(fault);
                }
            }

            var refused = left.Where(item => item.Result == Refused).ToList();
            if (refused.Count == left.Count)
            {
                break;
            }

            left = refused;
        }

        return null;
    }

    private async Task<(string Result, string Detail)> TakeAsync(Item item, CancellationToken cancel)
    {
        if (!force && item.Obstacle is { } obstacle)
        {
            // It may be as it is wanted because somebody took it over: the copy here is a second behind.
            return await IsSameThereAsync(item, cancel) ? (Same, string.Empty) : (Conflict, obstacle);
        }

        try
        {
            var answer = await plane.Client.CarryOutAsync(
                new(new(item.Method), item.Url, item.IsDeletion ? null : item.Write?["body"]?.DeepClone(), item.ThereETag,
                    item.IsDeletion || item.ThereVersion > 0 ? null : "*"),
                cancel);
            return item.IsDeletion ? (answer.Status == 204 ? Same : Deleted, string.Empty) : (Taken, item.Note);
        }
        catch (ArmException refused) when (refused.Error.Status == 412)
        {
            return await IsSameThereAsync(item, cancel) ? (Same, string.Empty)
                : (Conflict, "It was changed at the serving region since the list was read. List again.");
        }
        catch (ArmException refused) when (refused.Error.Status is >= 400 and < 500 and not 401 and not 429)
        {
            var error = refused.Error;
            var causes = string.Concat(error.Causes.Select(cause => $" [{cause.Code}] {cause.Message}"));
            var remedy = error.Code is "ParentResourceNotFound" or "ResourceGroupNotFound"
                ? " Take over its parent first, or in the same command."
                : string.Empty;
            return (Refused, $"{error.Code}: {error.Message}{causes}{remedy}");
        }
    }

    private async Task<bool> IsSameThereAsync(Item item, CancellationToken cancel)
    {
        try
        {
            var found = (await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, item.Url), cancel)).Body as JsonObject;
            if (item.IsDeletion || found is null || item.Write?["body"] is not JsonObject body
                || !ResourceId.TryParse(item.Id, out var id))
            {
                return false;
            }

            var there = ServiceSetProperties.Without(found, id.Type);
            foreach (var name in new[] { "id", "name", "type" })
            {
                there.Remove(name);
            }

            return JsonNode.DeepEquals(there, ServiceSetProperties.Without(body, id.Type));
        }
        catch (ArmException missing) when (missing.Error.Status == 404)
        {
            return item.IsDeletion;
        }
        catch (ArmException denied) when (denied.Error.Status == 403)
        {
            return false;
        }
    }

    private void Write(JsonObject report, List<Item> wanted, string format)
    {
        if (ResultWriter.Is(format, ResultWriter.Json))
        {
            results.WriteJson(report);
            return;
        }

        results.WriteMany(format, [.. wanted.Select(item => item.ToJson())], Columns);
        if (!ResultWriter.Is(format, ResultWriter.Table))
        {
            return;
        }

        foreach (var one in (report["epochs"] as JsonArray ?? []).OfType<JsonObject>())
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine($"{one["says"]}");
        }
    }

    // What is left of the epochs that were listed whole.
    private static IEnumerable<JsonObject> Epochs(List<JsonObject> listed, List<Item> wanted, long? epoch)
    {
        var done = wanted.Where(item => item.IsDone).Select(item => (item.Epoch, ArmCase.Lower(item.Key))).ToHashSet();
        var epochs = listed.Select(item => new Item(item).Epoch)
            .Concat(epoch is { } given ? [given.ToString(CultureInfo.InvariantCulture)] : []).Distinct(StringComparer.Ordinal);
        foreach (var one in epochs)
        {
            var left = listed.Select(item => new Item(item))
                .Where(item => item.Epoch == one && !done.Contains((one, ArmCase.Lower(item.Key)))).ToList();
            var toDecide = left.Count(item => !item.IsHistory);
            var drop = $"mover region diverged --drop {one}";
            yield return new()
            {
                ["epoch"] = one,
                ["left"] = left.Count,
                ["leftToDecide"] = toDecide,
                ["drop"] = drop,
                ["says"] = left.Count == 0
                    ? $"Both sides have the same versions for epoch {one}. It is safe to run: {drop}"
                    : toDecide == 0
                        ? $"Everything of epoch {one} that requests can write is served; {left.Count} are history or must be recreated, "
                            + $"see the reasons. To discard them here: {drop}"
                        : $"{left.Count} of epoch {one} are left. To discard them: {drop}",
            };
        }
    }

    /// <summary>A document of the list, and what became of it.</summary>
    private sealed class Item(JsonObject told)
    {
        private readonly JsonObject _document = told["document"] as JsonObject ?? [];

        public string Result { get; set; } = string.Empty;

        public string Detail { get; set; } = string.Empty;

        public JsonObject? Write { get; } = told["write"] as JsonObject;

        public string Epoch => $"{told["epoch"]}";

        public string Key => $"{_document["key"]}";

        public string Id => Write is null ? Key : $"{Write["id"]}";

        public string Note => $"{told["note"]}";

        public string Method => $"{Write?["method"]}";

        public bool IsDeletion => Method == "DELETE";

        public bool IsDone => Done.Contains(Result, StringComparer.Ordinal);

        // No request writes it, and a person has nothing to look at: it is whole.
        public bool IsHistory => Write is null && $"{_document["kind"]}" != "Damaged";

        public string? ThereETag => _document["thereETag"]?.ToString();

        public long ThereVersion => _document["thereVersion"]?.GetValue<long>() ?? 0;

        public int Depth => Id.Count(c => c == '/');

        // Roles come before those who hold them, and those after what they are for.
        public int Rank => Id.Contains("/roleDefinitions/", StringComparison.OrdinalIgnoreCase) ? 0
            : Id.Contains("/roleAssignments/", StringComparison.OrdinalIgnoreCase) ? 2 : 1;

        public string Url => string.Join('/', Id.Split('/').Select(Uri.EscapeDataString)) + $"?api-version={Write?["apiVersion"]}";

        public string? Obstacle =>
            _document["isChangedThere"]?.GetValue<bool>() == true
                ? _document["thereBy"] is { } by
                    ? $"It was changed at the serving region by {by} at {_document["thereAt"]}, after the two diverged."
                    : "It was deleted at the serving region after the two diverged."
            : _document["newBelow"] is { } below ? $"'{below}' at the serving region is part of it and would be deleted too."
            : null;

        public JsonObject ToJson() => new() { ["epoch"] = Epoch, ["key"] = Key, ["result"] = Result, ["detail"] = Detail };
    }
}
