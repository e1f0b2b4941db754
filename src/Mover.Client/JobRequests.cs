using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.Arm;

namespace Mover.Client;

/// <summary>Starts and stops jobs without ever starting one twice.</summary>
public static class JobRequests
{
    /// <summary>
    /// Starts a job and answers the id of its run. When the connection breaks, so that the outcome is unknown, the definition is read:
    /// a run that was not there before is the one that was asked for. Only when there is none is the start repeated, once.
    /// </summary>
    public static Task<ResourceId> StartJobAsync(this MoverClient client, ResourceId jobDefinition, CancellationToken cancel) =>
        StartAsync(client, jobDefinition, () => client.PostAsync(jobDefinition, "startJob", null, cancel), cancel);

    /// <summary>As <see cref="StartJobAsync"/>, a run of just the items that failed in a run.</summary>
    public static Task<ResourceId> RetryFailedAsync(this MoverClient client, ResourceId run, CancellationToken cancel) =>
        StartAsync(client, run.Parent, () => client.PostAsync(run, "retryFailed", null, cancel), cancel);

    private static async Task<ResourceId> StartAsync(
        MoverClient client, ResourceId jobDefinition, Func<Task<JsonNode?>> start, CancellationToken cancel)
    {
        var before = LatestRun(await client.GetAsync(jobDefinition, cancel).ConfigureAwait(false));
        try
        {
            return RunOf(await start().ConfigureAwait(false));
        }
        catch (UnreachableServerException fault) when (!fault.NeverSent)
        {
            return await FindStartedAsync(client, jobDefinition, before, cancel).ConfigureAwait(false)
                ?? RunOf(await start().ConfigureAwait(false));
        }
        catch (ArmException refused) when (refused.Error.Status is 500 or 502 or 503 or 504)
        {
            // The server may have carried it out all the same.
            if (await FindStartedAsync(client, jobDefinition, before, cancel).ConfigureAwait(false) is { } started)
            {
                return started;
            }

            throw;
        }
    }

    /// <summary>Asks for the job's active run to stop and answers its id.</summary>
    public static async Task<ResourceId> StopJobAsync(this MoverClient client, ResourceId jobDefinition, CancellationToken cancel) =>
        RunOf(await client.PostAsync(jobDefinition, "stopJob", null, cancel).ConfigureAwait(false));

    private static async Task<ResourceId?> FindStartedAsync(
        MoverClient client, ResourceId jobDefinition, string? before, CancellationToken cancel)
    {
        var now = LatestRun(await client.GetAsync(jobDefinition, cancel).ConfigureAwait(false));
        return now is not null && !string.Equals(now, before, StringComparison.OrdinalIgnoreCase) && ResourceId.TryParse(now, out var id)
            ? id
            : null;
    }

    private static string? LatestRun(JsonObject definition) => definition["properties"]?["latestJobRunResourceId"]?.ToString();

    private static ResourceId RunOf(JsonNode? answer) => ResourceId.TryParse(answer?["jobRunResourceId"]?.ToString(), out var id)
        ? id
        : throw new ArmException(new(200, ArmException.NoErrorBody, "The server's response has no job run id."));
}
