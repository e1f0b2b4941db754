using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.Resources;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>The HTTP face of <c>Microsoft.Storage/storageAccounts</c>: registrations of accounts that are elsewhere.</summary>
internal sealed partial class StorageAccountRoutes(
    ArmReads reads, ArmWrites writes, ArmDeletes deletes, DocumentStore documents, AccountKeys keys, AccountServices services,
    RuleContexts contexts, ILogger<StorageAccountRoutes> logger)
{
    public const string Type = "Microsoft.Storage/storageAccounts";

    private static readonly ResourceShape<StorageAccount> Shape = new(
        MoverJson.Wire.StorageAccount, MoverJson.Wire.ResourceListStorageAccount, StorageAccountRules.Patch);

    public void Map(IEndpointRouteBuilder routes)
    {
        var accounts = new GroupResourceRoutes<StorageAccount>(
            Type, Shape with { Beside = services.WritesAsync }, reads, writes, deletes, Deleting);
        accounts.Map(routes, RuleOf, RuleOf);
        routes.MapPost(accounts.One + "/setKey", SetKeyAsync).RequiresAction(Type + "/setKey/action");
        routes.MapPost(accounts.One + "/listKeys", ListKeysAsync).RequiresAction(Type + "/listKeys/action");
    }

    private static StorageAccount Deleting(StorageAccount account) => account with
    {
        Properties = (account.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting },
    };

    private PutRule<StorageAccount> RuleOf(ResourceScope scope) =>
        (before, wanted, _) => new(StorageAccountRules.Put(scope.Id, before, wanted, contexts.Of(scope)));

    // Whoever gives a key may say which account, as it was read, and which endpoint it is for.
    private static ArmError? CheckMeant(ResourceScope scope, JsonObject body, Document<StorageAccount> account)
    {
        var endpoint = account.Value.Properties?.PrimaryEndpoints?.Blob ?? string.Empty;
        return !DocumentCondition.FromHeaders(scope.IfMatch, null).Holds(account.Info) ? ArmErrors.PreconditionFailed(scope.Id)
            : body["blobEndpoint"] is not { } node ? null
            : node.GetValueKind() == JsonValueKind.String && node.GetValue<string>() is var meant
                ? meant.TrimEnd('/') == endpoint.TrimEnd('/') ? null : ArmErrors.AccountEndpointIsAnother(scope.Id, meant, endpoint)
            : ArmErrors.InvalidContent("'blobEndpoint' must be a string.");
    }

    private async Task<IResult> SetKeyAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(scope.Http, cancel)).Try(out var body, out var unread))
        {
            return unread.ToResult();
        }

        var key = body["key"]?.GetValueKind() == JsonValueKind.String ? body["key"]?.GetValue<string>() : null;
        if (key is null || StorageAccountRules.CheckKey(key) is not null)
        {
            return (StorageAccountRules.CheckKey(key) ?? ArmErrors.InvalidContent("'key' is missing.")).ToResult();
        }

        // In one commit: an account that says it has a key has it, for the endpoint that it has, and no key is kept without its account.
        var stamp = ArmWrites.Stamp(scope);
        var rounds = documents.Rounds();
        do
        {
            if (!(await reads.FindAsync(scope.Id, Shape.Json, cancel)).Try(out var account, out var missing))
            {
                return missing.ToResult();
            }

            if (CheckMeant(scope, body, account) is { } other)
            {
                return other.ToResult();
            }

            var marked = account.Value with { Properties = (account.Value.Properties ?? new()) with { KeyIsSet = true } };
            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Put(account.Key, marked, Shape.Json, DocumentCondition.Unchanged(account.Info)),
                    keys.WriteOf(account, new Secret(key)),
                ],
                stamp,
                cancel);
            if (commit.Saved[0] is { } info)
            {
                Log.KeySet(logger, scope.Id, stamp.By, stamp.Correlation);
                var saved = new Document<StorageAccount>(marked, info);
                return ArmResults.Ok(Answers.Of(saved), Shape.Json, saved.ETag);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(scope.Id).ToResult();
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
