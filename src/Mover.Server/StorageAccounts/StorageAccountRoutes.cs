using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>The HTTP face of <c>Microsoft.Storage/storageAccounts</c>: registrations of accounts that are elsewhere.</summary>
internal sealed partial class StorageAccountRoutes(
    ArmReads reads, ArmWrites writes, ArmDeletes deletes, DocumentStore documents, AccountKeys keys, RuleContexts contexts,
    ILogger<StorageAccountRoutes> logger)
{
    public const string Type = "Microsoft.Storage/storageAccounts";

    private const string All = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;
    private const string One = All + "/{account}";

    private static readonly ResourceShape<StorageAccount> Shape = new(
        MoverJson.Wire.StorageAccount, MoverJson.Wire.ResourceListStorageAccount, StorageAccountRules.Patch);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, ListAsync).RequiresAction(Type + "/read", ActionReach.Visible);
        routes.MapGet(One, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(One, PutAsync).RequiresAction(Type + "/write");
        routes.MapPatch(One, PatchAsync).RequiresAction(Type + "/write");
        routes.MapDelete(One, DeleteAsync).RequiresAction(Type + "/delete");
        routes.MapPost(One + "/setKey", SetKeyAsync).RequiresAction(Type + "/setKey/action");
        routes.MapPost(One + "/listKeys", ListKeysAsync).RequiresAction(Type + "/listKeys/action");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shape, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) => reads.ListAsync(scope, Type, Shape, cancel);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) => writes.PutAsync(
        scope, Shape, (before, wanted, _) => new(StorageAccountRules.Put(scope.Id, before, wanted, contexts.Of(scope))), cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) => writes.PatchAsync(
        scope, Shape, (before, wanted, _) => new(StorageAccountRules.Put(scope.Id, before, wanted, contexts.Of(scope))), cancel);

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var before = await documents.GetAsync(scope.Id, Shape.Json, cancel);
        var answer = await deletes.DeleteAsync(scope, cancel);
        if (before is not null && await documents.GetInfoAsync(scope.Id, cancel) is null)
        {
            await keys.RemoveAsync(before, ArmWrites.Stamp(scope), cancel);
        }

        return answer;
    }

    private async Task<IResult> SetKeyAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(scope.Http, cancel)).Try(out var body, out var unread))
        {
            return unread.ToResult();
        }

        var key = body["key"]?.GetValueKind() == System.Text.Json.JsonValueKind.String ? body["key"]?.GetValue<string>() : null;
        if (key is null || StorageAccountRules.CheckKey(key) is not null)
        {
            return (StorageAccountRules.CheckKey(key) ?? ArmErrors.InvalidContent("'key' is missing.")).ToResult();
        }

        if (!(await reads.FindAsync(scope.Id, Shape.Json, cancel)).Try(out var account, out var missing))
        {
            return missing.ToResult();
        }

        // The key first: an account that says it has one must have it.
        var stamp = ArmWrites.Stamp(scope);
        await keys.SetAsync(account, new Secret(key), stamp, cancel);
        var saved = await documents.UpdateAsync(
            scope.Id,
            Shape.Json,
            found => found.Value with { Properties = (found.Value.Properties ?? new()) with { KeyIsSet = true } },
            stamp,
            cancel);
        Log.KeySet(logger, scope.Id, stamp.By, stamp.Correlation);
        return saved is null ? ArmErrors.ResourceNotFound(scope.Id).ToResult() : ArmResults.Ok(Answers.Of(saved), Shape.Json, saved.ETag);
    }

    private async Task<IResult> ListKeysAsync(ResourceScope scope, CancellationToken cancel) =>
        (await reads.FindAsync(scope.Id, Shape.Json, cancel)).Refusal is { } missing
            ? missing.ToResult()
            : ArmErrors.KeysAreNotListed(scope.Id).ToResult();

    private static partial class Log
    {
        [LoggerMessage(3202, LogLevel.Information, "The key of {AccountId} was set by {Principal} ({CorrelationId}).")]
        public static partial void KeySet(ILogger logger, ResourceId accountId, string principal, string correlationId);
    }
}
