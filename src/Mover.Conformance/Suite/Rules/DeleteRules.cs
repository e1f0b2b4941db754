using System.Globalization;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>DELETE and asynchronous operations. Source: ARM RPC, "delete resource" and "asynchronous operations".</summary>
internal static class DeleteRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-DELETE-001", "A resource is gone when its DELETE has ended.", GoneAsync),
        Rule.OfKinds("ARM-DELETE-002", "A DELETE of a missing resource returns 204 without a body.", AbsentAsync),
        Rule.OfKinds("ARM-DELETE-003", "A second DELETE returns 204.", TwiceAsync),
        Rule.OfKinds("ARM-DELETE-004", "A deleted resource is not listed.", UnlistedAsync),
        Rule.OfKinds("ARM-DELETE-005", "The name of a deleted resource can be reused, and nothing remains of the old resource.",
            AgainAsync),
        Rule.OfKinds("ARM-LRO-001", "A 202 has an absolute Location; a Retry-After, if any, is whole seconds up to ten minutes.",
            AcceptedAsync),
        Rule.OfKinds("ARM-LRO-002", "Azure-AsyncOperation returns 200 or 202 and a status, and ends as Succeeded.", StatusAsync),
        Rule.OfKinds("ARM-LRO-003", "Location returns 202 until the operation ends, and then 200 or 204.", LocationAsync),
        Rule.OfKinds("ARM-LRO-004", "An operation's result can be read again after the operation has ended.", RepeatAsync),
        Rule.OfVersion("ARM-LRO-005", "A missing operation returns 404.", UnknownAsync),
        Rule.OfVersion("ARM-DELETE-006", "Deleting a storage mover deletes everything below it.", TreeAsync),
        Rule.OfVersion("ARM-DELETE-007", "Deleting a project deletes its job definitions.", ProjectAsync),
        Rule.OfVersion("ARM-DELETE-008", "A DELETE in a missing resource group returns 204 or 404.", NoGroupAsync),
    ];

    private static async Task GoneAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        await bench.DeleteAsync(path);
        (await bench.GetAsync(path)).Error(404, "ResourceNotFound");
    }

    private static async Task AbsentAsync(Bench bench, Kind kind)
    {
        var answer = (await bench.SendAsync("DELETE", bench.Fresh(kind))).Status(204);
        answer.Holds(answer.Body.Length == 0, "The 204 has a body.");
    }

    private static async Task TwiceAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        await bench.DeleteAsync(path);
        (await bench.SendAsync("DELETE", path)).Status(204);
    }

    private static async Task UnlistedAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        await bench.DeleteAsync(path);
        var ids = await ListRules.IdsAsync(bench, bench.ListOf(kind));
        bench.Last?.Holds(!ids.Contains(path, StringComparer.OrdinalIgnoreCase), "The deleted resource is listed.");
    }

    private static async Task AgainAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var first = await bench.SendAsync("PUT", path, kind.Full(bench));
        await bench.DeleteAsync(path);
        var again = await bench.CreateAsync(kind, path);
        again.Holds(!again.Properties().ContainsKey("description"), "The deleted resource's description came back.")
            .Holds(first.Header("ETag") != again.Header("ETag"), "The deleted resource's ETag came back.");
    }

    private static async Task<Exchange> BeginAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var accepted = (await bench.SendAsync("DELETE", path)).Status(200, 202, 204);
        return accepted.Status == 202 ? accepted : throw new NotApplicableException($"the DELETE is synchronous: {accepted.Status}");
    }

    private static async Task AcceptedAsync(Bench bench, Kind kind)
    {
        var accepted = await BeginAsync(bench, kind);
        accepted.Holds(TextRules.IsAddress(accepted.Header("Location")), "The Location is not absolute.");
        if (accepted.Headers.TryGetValue("Retry-After", out var retry))
        {
            accepted.Holds(
                int.TryParse(retry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 600,
                $"The Retry-After is '{retry}'.");
        }

        await bench.FollowAsync(accepted);
    }

    private static async Task StatusAsync(Bench bench, Kind kind)
    {
        var accepted = await BeginAsync(bench, kind);
        if (!accepted.Headers.TryGetValue("Azure-AsyncOperation", out var url))
        {
            throw new NotApplicableException("the response has no Azure-AsyncOperation, which is optional");
        }

        await bench.FollowAsync(accepted);
        var status = (await bench.SendAsync(new Call("GET", url))).Status(200);
        status.Same("Succeeded", status.Object()["status"], "The status")
            .Holds(((string?)status.Object()["id"])?.EndsWith((string?)status.Object()["name"] ?? "?", StringComparison.Ordinal) == true,
                "The id does not end in the name.");
    }

    private static async Task LocationAsync(Bench bench, Kind kind)
    {
        var accepted = await BeginAsync(bench, kind);
        (await bench.FollowAsync(accepted)).Status(200, 204);
    }

    private static async Task RepeatAsync(Bench bench, Kind kind)
    {
        var accepted = await BeginAsync(bench, kind);
        var first = await bench.FollowAsync(accepted);
        var second = await bench.SendAsync(new Call("GET", accepted.Header("Location")));
        second.Status(first.Status).Same(first.Json, second.Json, "The result");
    }

    private static async Task UnknownAsync(Bench bench) => (await bench.GetAsync(
        $"{bench.Subscription}/providers/Microsoft.StorageMover/locations/{bench.Location}/operationStatuses/none*0")).Error(404);

    private static async Task TreeAsync(Bench bench)
    {
        var mover = bench.Fresh(Kind.Of("storageMovers"));
        await bench.CreateAsync(Kind.Of("storageMovers"), mover);
        await bench.CreateAsync(Kind.Of("projects"), $"{mover}/projects/p");
        await bench.CreateAsync(Kind.Of("endpoints"), $"{mover}/endpoints/e");
        await bench.DeleteAsync(mover);
        (await bench.GetAsync($"{mover}/projects/p")).Error(404);
        (await bench.GetAsync($"{mover}/endpoints/e")).Error(404);
        (await bench.GetAsync(mover)).Error(404);
    }

    private static async Task ProjectAsync(Bench bench)
    {
        var project = bench.Fresh(Kind.Of("projects"));
        await bench.CreateAsync(Kind.Of("projects"), project);
        await bench.CreateAsync(Kind.Of("jobDefinitions"), $"{project}/jobDefinitions/j");
        await bench.DeleteAsync(project);
        (await bench.GetAsync($"{project}/jobDefinitions/j")).Error(404);
    }

    private static async Task NoGroupAsync(Bench bench) => (await bench.SendAsync(
        "DELETE", bench.Mover.Replace("/resourceGroups/", "/resourceGroups/no-such-", StringComparison.Ordinal))).Status(204, 404);
}
