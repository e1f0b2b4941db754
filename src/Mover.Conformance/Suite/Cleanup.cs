using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>Takes away what a run has made.</summary>
internal sealed class Cleanup(Wire wire, SuiteTarget target)
{
    private const string GroupVersion = "2021-04-01";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private string Group => $"/subscriptions/{target.Subscription}/resourceGroups/{target.Group}";

    /// <summary>Deletes the group when it is ours, otherwise what the suite made in it. Answers the paths of what is still there.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(bool isGroupOurs)
    {
        // A run that was stopped cleans up all the same, for as long as is decent.
        using var limit = new CancellationTokenSource(Patience, wire.Clock);
        try
        {
            if (isGroupOurs)
            {
                return await DeleteAsync($"{Group}?api-version={GroupVersion}", limit.Token) ? [] : [Group];
            }

            var left = new List<string>();
            foreach (var mover in await MoversAsync(limit.Token))
            {
                if (!await DeleteAsync($"{mover}?api-version={ApiDefinitions.Newest}", limit.Token))
                {
                    left.Add(mover);
                }
            }

            return left;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return [Group];
        }
    }

    // What was in the group before is not ours: our names are of two forms.
    private async Task<List<string>> MoversAsync(CancellationToken cancel)
    {
        var movers = new List<string>();
        var next = (string?)$"{Group}/providers/Microsoft.StorageMover/storageMovers?api-version={ApiDefinitions.Newest}";
        while (next is not null)
        {
            var page = await wire.SendAsync(new("GET", next), cancel);
            movers.AddRange((page.Json?["value"] as JsonArray ?? []).Select(m => (string?)m?["id"] ?? string.Empty)
                .Where(id => Bench.IsOurs(id.Split('/')[^1])));
            next = (string?)page.Json?["nextLink"];
        }

        return movers;
    }

    private async Task<bool> DeleteAsync(string url, CancellationToken cancel)
    {
        var answer = await wire.SendAsync(new("DELETE", url), cancel);
        var place = answer.Headers.GetValueOrDefault("Location");
        for (var looks = 0; answer.Status == 202 && place is not null; looks++)
        {
            await wire.WaitAsync(answer, looks, cancel);
            answer = await wire.SendAsync(new("GET", place), cancel);
            place = answer.Headers.GetValueOrDefault("Location") ?? place;
        }

        return answer.Status is 200 or 204 or 404;
    }
}
