using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>Deletes a resource with everything below it: marks it, remembers the operation, and does it in batches.</summary>
internal sealed partial class CascadingDelete(
    DocumentStore documents, ServerOptions options, IEnumerable<MirroredArea> areas,
    IEnumerable<IDependents> dependents, RunStops stops, TimeProvider clock, ILogger<CascadingDelete> logger)
{
    private readonly Dictionary<string, IDependents> _dependents =
        dependents.ToDictionary(one => one.Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Marks the resource as being deleted and remembers the operation, in one commit; null when the resource changed meanwhile, or
    /// something that must hold does not.
    /// </summary>
    /// <param name="scope">The request.</param>
    /// <param name="json">The resource's JSON.</param>
    /// <param name="before">The resource as it was read.</param>
    /// <param name="marked">The same, marked.</param>
    /// <param name="showsEndTime">Whether the operation's status shows when it ended.</param>
    /// <param name="only">What must hold at that moment.</param>
    /// <param name="cancel">Cancels before the commit.</param>
    public async Task<Operation?> MarkAsync<T>(
        ResourceScope scope, JsonTypeInfo<T> json, Document<T> before, T marked, bool showsEndTime, DocumentWrite[] only,
        CancellationToken cancel)
        where T : ArmResource
    {
        var operation = new Operation
        {
            Name = $"{scope.RequestId}*{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope.RequestId + scope.Id.Key)))}",
            Target = scope.Id.Text,
            ResourceId = scope.CallerPath,
            Region = options.Region.ToUpperInvariant(),
            StartTime = scope.Now,
            ShowsEndTime = showsEndTime,
            By = scope.Caller.Name,
            ByType = scope.Caller.Type,
            ByIdentity = CallerRights.Of(scope.Http).Identity,
            CorrelationId = scope.CorrelationId,
        };
        var commit = await documents.CommitAsync(
            [
                DocumentWrite.Put(scope.Id, marked, json, DocumentCondition.Unchanged(before.Info)),
                DocumentWrite.Put(Operation.KeyOf(operation.Name), operation, OperationsJson.Default.Operation),
                DocumentWrite.Put(Operation.PendingKeyOf(operation.Name), new PendingOperation(operation.Name),
                    OperationsJson.Default.PendingOperation),
                .. only,
            ],
            ArmWrites.Stamp(scope),
            cancel);
        if (!commit.Committed)
        {
            return null;
        }

        Log.Accepted(logger, scope.Id, operation.Name);
        return operation;
    }

    /// <summary>
    /// Does the operation to its end; false while runs below it are being stopped, and then it is called again. Cancelled or crashed, the
    /// next call goes on with the rest; done already, it changes nothing. Every commit requires that the resource is still the marked one:
    /// another of the same name is never touched. The areas are swept after the tree: whoever writes there requires in the same commit that
    /// the resource exists and is not marked, as <see cref="ArmReads.AliveAsync"/> says, so nothing is added behind the sweep.
    /// </summary>
    public async Task<bool> ExecuteAsync(Operation operation, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(operation.Target, out var target))
        {
            throw new InvalidDataException($"Operation '{operation.Name}' has the target '{operation.Target}', "
                + "which is not a resource id.");
        }

        var stamp = new WriteStamp(operation.By, operation.ByType, clock.GetUtcNow(), operation.CorrelationId);
        while (await documents.GetInfoAsync(Operation.PendingKeyOf(operation.Name), cancel) is not null
            && await documents.GetAsync(target, DocumentsJson.Default.AnyResource, cancel) is { Value.IsDeleting: true } marked)
        {
            if (!await stops.StopBelowAsync(operation.Name, target, stamp, cancel))
            {
                return false;
            }

            if (await TryDeleteAsync(operation, target, marked.Info, stamp, cancel))
            {
                return true;
            }
        }

        // It went with another operation, or this one is done.
        await documents.CommitAsync(EndWrites(operation), stamp, cancel);
        return true;
    }

    // False when the marked resource changed or went meanwhile.
    private async Task<bool> TryDeleteAsync(
        Operation operation, ResourceId target, DocumentInfo marked, WriteStamp stamp, CancellationToken cancel)
    {
        var isMarked = DocumentCondition.Unchanged(marked);
        var only = DocumentWrite.Check(target, isMarked);
        if (!await ForgetBelowAsync(target, stamp, only, cancel)
            || await documents.DeleteBelowAsync(target, stamp, cancel, only) is not { } below
            || await SweepAsync(target, stamp, only, cancel) is not { } beside)
        {
            return false;
        }

        var own = await DependentsOfAsync(target, cancel);
        var commit = await documents.CommitAsync([DocumentWrite.Delete(target, isMarked), .. own, .. EndWrites(operation)], stamp, cancel);
        if (commit.Committed)
        {
            Log.Done(logger, target, below + beside, operation.Name);
        }

        return commit.Committed;
    }

    // What the control plane keeps in the areas of a resource and of everything below it. Null when it is no longer the marked one.
    private async Task<long?> SweepAsync(ResourceId target, WriteStamp stamp, DocumentWrite only, CancellationToken cancel)
    {
        long? gone = 0;
        foreach (var area in areas)
        {
            gone += await documents.DeleteBelowAsync(area.KeyOf(target), stamp, cancel, only);
            if (gone is null || !(await documents.CommitAsync([DocumentWrite.Delete(area.KeyOf(target)), only], stamp, cancel)).Committed)
            {
                return null;
            }
        }

        return gone;
    }

    // Once: an operation that has ended keeps its end.
    private DocumentWrite[] EndWrites(Operation operation) =>
    [
        DocumentWrite.Put(Operation.KeyOf(operation.Name), operation with { EndTime = clock.GetUtcNow() },
            OperationsJson.Default.Operation),
        DocumentWrite.Delete(Operation.PendingKeyOf(operation.Name), DocumentCondition.Exists),
    ];

    // Identities lie outside the tree: they go first, so that a crash leaves what names them.
    private async Task<bool> ForgetBelowAsync(ResourceId target, WriteStamp stamp, DocumentWrite only, CancellationToken cancel)
    {
        await foreach (var entry in documents.ListBelowAsync(target, cancel))
        {
            if (ResourceId.TryParse(entry.Key, out var id)
                && await DependentsOfAsync(id, cancel) is { Count: > 0 } own
                && !(await documents.CommitAsync([.. own, only], stamp, cancel)).Committed)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<IReadOnlyList<DocumentWrite>> DependentsOfAsync(ResourceId id, CancellationToken cancel) =>
        _dependents.TryGetValue(id.Type, out var kept) ? await kept.FindAsync(id, cancel) : [];

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Information, "Accepted the deletion of {ResourceId} as operation {Operation}.")]
        public static partial void Accepted(ILogger logger, ResourceId resourceId, string operation);

        [LoggerMessage(2202, LogLevel.Information, "Operation {Operation} deleted {ResourceId} and {Below} documents below it.")]
        public static partial void Done(ILogger logger, ResourceId resourceId, long below, string operation);
    }
}
