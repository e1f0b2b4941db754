using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>DELETE that resource types answer in the same way.</summary>
internal sealed class ArmDeletes(DocumentStore documents, CascadingDelete deletions, OperationRoutes operations)
{
    /// <summary>An asynchronous DELETE: 202 with where to ask, or 204 when there is nothing.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="json">The resource's JSON.</param>
    /// <param name="mark">Marks the resource as being deleted.</param>
    /// <param name="showsEndTime">Whether the operation's status shows when it ended.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="judge">As in <see cref="FinishAsync"/>; null when nothing speaks against it.</param>
    public async Task<IResult> BeginAsync<T>(
        ResourceScope scope, JsonTypeInfo<T> json, Func<T, T> mark, bool showsEndTime, CancellationToken cancel,
        Func<T, CancellationToken, Task<Result<DocumentWrite[]>>>? judge = null)
        where T : ArmResource
    {
        var marked = await MarkAsync(scope, json, judge ?? NothingAgainstAsync, mark, showsEndTime, cancel);
        if (marked.Operation is not { } operation)
        {
            return marked.Answer;
        }

        return json.Type == typeof(ResourceGroup)
            ? OperationRoutes.AcceptedGroup(scope, operation)
            : operations.Accepted(scope, operation, marked.ETag);
    }

    /// <summary>A DELETE that is done when it answers, with everything below; 202 when a run has to end first.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="json">The resource's JSON.</param>
    /// <param name="judge">Why the resource, as it is when it is marked, has to stay, or what must hold at that moment.</param>
    /// <param name="mark">Marks the resource as being deleted.</param>
    /// <param name="cancel">Stops the call; the background then finishes what was marked.</param>
    /// <param name="doneStatus">What is answered when the resource was there; 204 when there is nothing.</param>
    public async Task<IResult> FinishAsync<T>(
        ResourceScope scope, JsonTypeInfo<T> json, Func<T, CancellationToken, Task<Result<DocumentWrite[]>>> judge, Func<T, T> mark,
        CancellationToken cancel, int doneStatus = StatusCodes.Status204NoContent)
        where T : ArmResource
    {
        var marked = await MarkAsync(scope, json, judge, mark, showsEndTime: true, cancel);
        if (marked.Operation is not { } operation)
        {
            return marked.Answer;
        }

        try
        {
            if (!await deletions.ExecuteAsync(operation, cancel))
            {
                return operations.Accepted(scope, operation, marked.ETag);
            }
        }
        catch
        {
            throw;
        }

        return ArmResults.Empty(doneStatus);
    }

    /// <summary>As <see cref="FinishAsync"/>, for a resource that nothing keeps from being deleted: 200.</summary>
    public Task<IResult> DeleteAsync<T>(ResourceScope scope, JsonTypeInfo<T> json, Func<T, T> mark, CancellationToken cancel)
        where T : ArmResource => FinishAsync(scope, json, NothingAgainstAsync, mark, cancel, StatusCodes.Status200OK);

    private async Task<Marked> MarkAsync<T>(
        ResourceScope scope, JsonTypeInfo<T> json, Func<T, CancellationToken, Task<Result<DocumentWrite[]>>> judge, Func<T, T> mark,
        bool showsEndTime, CancellationToken cancel)
        where T : ArmResource
    {
        var condition = DocumentCondition.FromHeaders(scope.IfMatch, scope.IfNoneMatch);
        var rounds = documents.Rounds();
        do
        {
            if (await documents.GetAsync(scope.Id, json, cancel) is not { } before)
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

            var terms = WriteTerms.Of(scope.Http)?.Only ?? [];
            if (await deletions.MarkAsync(scope, json, before, mark(before.Value), showsEndTime, [.. only, .. terms], cancel)
                is { } operation)
            {
                return new(ArmResults.Empty(StatusCodes.Status202Accepted), operation, before.ETag);
            }

            if (terms.Count > 0 && !(await documents.CommitAsync(terms, ArmWrites.Stamp(scope), cancel)).Committed)
            {
                return new(ArmErrors.DeploymentEnded().ToResult());
            }
        }
        while (await rounds.NextAsync(cancel));

        return new(ArmErrors.Contended(scope.Id).ToResult());
    }

    private static Task<Result<DocumentWrite[]>> NothingAgainstAsync<T>(T resource, CancellationToken cancel) =>
        Task.FromResult<Result<DocumentWrite[]>>(Array.Empty<DocumentWrite>());

    private sealed record Marked(IResult Answer, Operation? Operation = null, string ETag = "");
}
