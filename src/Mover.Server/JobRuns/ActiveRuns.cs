using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Finds the active runs that use a resource, by their index.</summary>
internal sealed class ActiveRuns(DocumentStore documents, RunClaims claims)
{
    private const int Page = 100;

    /// <summary>
    /// Refuses while an active run uses an endpoint, an agent or a connection, and otherwise answers the condition that none was started
    /// since. A start requires in its commit that the resource is as it was: one of the two fails.
    /// </summary>
    /// <param name="id">The resource.</param>
    /// <param name="cancel">Stops the search.</param>
    public async Task<Result<DocumentWrite[]>> RefuseUseAsync(ResourceId id, CancellationToken cancel)
    {
        var mark = StartMark.KeyOf(id);
        var before = await documents.GetInfoAsync(mark, cancel);
        return await FindAsync(id, cancel) is { } user
            ? ArmErrors.InUseByRun(id, user)
            : new[] { DocumentWrite.Check(mark, DocumentCondition.AsRead(before)) };
    }

    private async Task<string?> FindAsync(ResourceId used, CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(
                ActiveRun.PlaceOf(used), RunsJson.Default.ActiveRun, after, Page, cancel);
            foreach (var entry in page.Documents)
            {
                if (!ResourceId.TryParse(entry.Value.RunId, out var run))
                {
                    continue;
                }

                if (JobRunStatuses.IsActive(
                    (await documents.GetAsync(run, MoverJson.Wire.JobRun, cancel))?.Value.Properties?.Status))
                {
                    return run.Name;
                }

                // Its run was ended by a program that knows no index.
                await documents.DeleteAsync(entry.Key, DocumentCondition.Unchanged(entry.Info), claims.Stamp(routine: true), cancel);
            }

            after = page.Next;
        }
        while (after is not null);
        return null;
    }
}
