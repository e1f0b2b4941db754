using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>DELETE that resource types answer in the same way.</summary>
internal sealed class ArmDeletes(DocumentStore documents, Deletions deletions, OperationRoutes operations)
{
    private const int AttemptsMax = 16;

    /// <summary>An asynchronous DELETE: 202 with where to ask, or 204 when there is nothing.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="mark">Marks the resource as being deleted.</param>
    /// <param name="showsEndTime">Whether the operation's status shows when it ended.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="judge">As in <see cref="FinishAsync"/>; null when nothing speaks against it.</param>
    public async Task<IResult> BeginAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, Func<T, T> mark, bool showsEndTime, CancellationToken cancel,
        Func<T, CancellationToken, Task<Result<DocumentWrite[]>>>? judge = null)
        where T : ArmResource
    {
        judge ??= (_, _) => Task.FromResult<Result<DocumentWrite[]>>(Array.Empty<DocumentWrite>());
        var marked = await MarkAsync(scope, shape, judge, mark, showsEndTime, cancel);
        if (marked.Operation is not { } operation)
        {
            return marked.Answer;
        }

        deletions.Hand();
        return shape.Json.Type == typeof(ResourceGroup)
            ? OperationRoutes.AcceptedGroup(scope, operation)
            : operations.Accepted(scope, operation, marked.ETag);
    }

    /// <summary>A DELETE that is done when it answers, with everything below: 204.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="judge">Why the resource, as it is when it is marked, has to stay, or what must hold at that moment.</param>
    /// <param name="mark">Marks the resource as being deleted.</param>
    /// <param name="cancel">Stops the call.</param>
    public async Task<IResult> FinishAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, Func<T, CancellationToken, Task<Result<DocumentWrite[]>>> judge, Func<T, T> mark,
        CancellationToken cancel)
        where T : ArmResource
    {
        var marked = await MarkAsync(scope, shape, judge, mark, showsEndTime: true, cancel);
        if (marked.Operation is not { } operation)
        {
            return marked.Answer;
        }

        await deletions.ExecuteAsync(operation, cancel);
        return ArmResults.Empty(StatusCodes.Status204NoContent);
    }

    /// <summary>A DELETE of one document with nothing below: 200, or 204 when there is nothing.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="dependents">What goes with the resource; null for nothing.</param>
    public async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel, IDependents? dependents = null)
    {
        if (await documents.GetInfoAsync(scope.Id, cancel) is null)
        {
            return ArmResults.Empty(StatusCodes.Status204NoContent);
        }

        var condition = DocumentCondition.FromHeaders(scope.IfMatch, scope.IfNoneMatch);
        if (condition.Holds(await documents.GetInfoAsync(scope.Id, cancel)))
        {
            // Ahead of the resource: a new one of the same name must not come by the rights that were given on this one.
            await deletions.SweepAsync(scope.Id, ArmWrites.Stamp(scope), cancel);
        }

        var forget = dependents is null ? null : await dependents.FindAsync(scope.Id, cancel);
        var outcome = await documents.DeleteAsync(scope.Id, condition, ArmWrites.Stamp(scope), cancel);
        if (outcome is DeleteOutcome.Deleted && forget is not null)
        {
            await forget(ArmWrites.Stamp(scope), cancel);
        }

        return outcome switch
        {
            DeleteOutcome.Deleted => ArmResults.Empty(StatusCodes.Status200OK),
            DeleteOutcome.Absent => ArmResults.Empty(StatusCodes.Status204NoContent),
            _ => ArmErrors.PreconditionFailed(scope.Id).ToResult(),
        };
    }

    private async Task<Marked> MarkAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, Func<T, CancellationToken, Task<Result<DocumentWrite[]>>> judge, Func<T, T> mark,
        bool showsEndTime, CancellationToken cancel)
        where T : ArmResource
    {
        var condition = DocumentCondition.FromHeaders(scope.IfMatch, scope.IfNoneMatch);
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (await documents.GetAsync(scope.Id, shape.Json, cancel) is not { } before)
            {
                return new(ArmResults.Empty(StatusCodes.Status204NoContent));
            }

            if (!condition.Holds(before.Info))
            {
                return new(ArmErrors.PreconditionFailed(scope.Id).ToResult());
            }

            if (!(await judge(before.Value, cancel)).Try(out var only, out var refusal))
            {
                return new(refusal.ToResult());
            }

            if (await deletions.MarkAsync(scope, shape, before, mark(before.Value), showsEndTime, only, cancel) is { } operation)
            {
                return new(ArmResults.Empty(StatusCodes.Status202Accepted), operation, before.ETag);
            }
        }

        return new(ArmErrors.Contended(scope.Id).ToResult());
    }

    private sealed record Marked(IResult Answer, Operation? Operation = null, string ETag = "");
}
