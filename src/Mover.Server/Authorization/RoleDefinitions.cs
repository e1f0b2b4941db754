using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>Writes custom roles. A name belongs to one role only.</summary>
internal sealed partial class RoleDefinitions(
    DocumentStore documents, AccessState access, RoleGuard guard, ILogger<RoleDefinitions> logger)
{
    /// <summary>Custom roles of the tenant.</summary>
    public const int RolesMax = 5000;

    /// <summary>Custom roles that may be assigned in one resource group and not at its subscription.</summary>
    public const int GroupRolesMax = 50;

    private const string UniqueArea = "uniqueroles";

    /// <summary>
    /// Makes or replaces a custom role, for a caller who may write roles at every scope that it may be assigned at, before and after: there
    /// it changes what its holders may do.
    /// </summary>
    public Task<Result<RoleDefinition>> PutAsync(
        RoleDefinition wanted, Func<IEnumerable<string>, ArmError?> judge, WriteStamp stamp, CancellationToken cancel) =>
        guard.InTurnAsync(() => PutInTurnAsync(wanted, judge, stamp, cancel), cancel);

    /// <summary>Deletes a custom role that nobody holds; null when there is none with this GUID.</summary>
    public Task<Result<RoleDefinition>?> DeleteAsync(
        string name, Func<IEnumerable<string>, ArmError?> judge, WriteStamp stamp, CancellationToken cancel) =>
        guard.InTurnAsync(() => DeleteInTurnAsync(name, judge, stamp, cancel), cancel);

    private async Task<Result<RoleDefinition>> PutInTurnAsync(
        RoleDefinition wanted, Func<IEnumerable<string>, ArmError?> judge, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var state = await guard.ReadAsync(cancel);
            var before = await documents.GetAsync(KeyOf(wanted.Name), AuthorizationJson.Default.RoleDefinition, cancel);
            if (judge([.. wanted.AssignableScopes, .. before?.Value.AssignableScopes ?? []]) is { } refusal)
            {
                return refusal;
            }

            var owner = await documents.GetAsync(UniqueKeyOf(wanted.RoleName), AuthorizationJson.Default.UniqueRole, cancel);
            if (BuiltInRoles.All.Any(role => role.RoleName.Equals(wanted.RoleName, StringComparison.OrdinalIgnoreCase))
                || (owner is not null && owner.Value.Name != wanted.Name))
            {
                return ArmErrors.RoleDefinitionWithSameNameExists(wanted.RoleName);
            }

            if (before is null
                && !await guard.HasRoomAsync(state, RoleGuard.Roles, DocumentKey.Internal(AccessState.RolesArea), RolesMax, cancel))
            {
                return ArmErrors.RoleDefinitionLimitExceeded(RolesMax);
            }

            if (await FullGroupAsync(wanted, before?.Value, cancel) is { } full)
            {
                return ArmErrors.RoleDefinitionGroupLimitExceeded(full, GroupRolesMax);
            }

            var kept = before is null
                ? wanted with { Incarnation = Guid.NewGuid().ToString() }
                : wanted with
                {
                    Incarnation = before.Value.Incarnation,
                    CreatedOn = before.Value.CreatedOn,
                    CreatedBy = before.Value.CreatedBy,
                };
            var counts = before is null ? state.Write(RoleGuard.Roles, 1) : state.Write();
            if ((await documents.CommitAsync([.. Writes(kept, before, owner), counts], stamp, cancel)).Committed)
            {
                await access.RefreshAsync(KeyOf(kept.Name), cancel);
                Log.Saved(logger, kept.Name, kept.RoleName, stamp.By, stamp.Correlation);
                return kept;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.RoleDefinitionContended(wanted.Name);
    }

    private async Task<Result<RoleDefinition>?> DeleteInTurnAsync(
        string name, Func<IEnumerable<string>, ArmError?> judge, WriteStamp stamp, CancellationToken cancel)
    {
        if (BuiltInRoles.Find(name) is { } builtIn)
        {
            return ArmErrors.BuiltInRoleIsFixed(builtIn);
        }

        var rounds = documents.Rounds();
        do
        {
            var state = await guard.ReadAsync(cancel);
            if (await documents.GetAsync(KeyOf(name), AuthorizationJson.Default.RoleDefinition, cancel) is not { } found)
            {
                return null;
            }

            if (judge(found.Value.AssignableScopes) is { } refusal)
            {
                return refusal;
            }

            if (await HoldersAsync(name, cancel) is > 0 and var holders)
            {
                return ArmErrors.RoleDefinitionHasAssignments(found.Value, holders);
            }

            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Delete(KeyOf(name), DocumentCondition.Unchanged(found.Info)),
                    DocumentWrite.Delete(UniqueKeyOf(found.Value.RoleName)), state.Write(RoleGuard.Roles, -1),
                ],
                stamp,
                cancel);
            if (commit.Committed)
            {
                await access.RefreshAsync(KeyOf(name), cancel);
                Log.Deleted(logger, found.Value.Name, found.Value.RoleName, stamp.By, stamp.Correlation);
                return (Result<RoleDefinition>)found.Value;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.RoleDefinitionContended(name);
    }

    // A group that the role comes to and that has no place for one more; null when there is none. Counted in memory, which may be a moment
    // behind another instance: a share may be exceeded by a few roles, the limit of all never is.
    private async Task<string?> FullGroupAsync(RoleDefinition wanted, RoleDefinition? before, CancellationToken cancel)
    {
        var snapshot = await access.CurrentAsync(cancel);
        return GroupsOf(wanted).Except(before is null ? [] : GroupsOf(before))
            .Where(group => snapshot.CountRoles(group.Text, ResourceId.OfSubscription(group.Subscription).Text) >= GroupRolesMax)
            .Select(group => group.Name)
            .FirstOrDefault();
    }

    // The groups that a role is confined to; none for one that may be assigned at a subscription or above, which only those write who have
    // rights there.
    private static IEnumerable<ResourceId> GroupsOf(RoleDefinition role)
    {
        var scopes = role.AssignableScopes.Select(scope => ResourceId.TryParse(scope, out var id) ? id : default).ToList();
        return scopes.Exists(id => id.ResourceGroup.Length == 0)
            ? []
            : scopes.Select(id => ResourceId.OfGroup(id.Subscription, id.ResourceGroup)).Distinct();
    }

    // From the store: the assignments in memory may be a moment behind it.
    private async Task<int> HoldersAsync(string name, CancellationToken cancel)
    {
        var holders = 0;
        await foreach (var entry in documents.ListBelowAsync(DocumentKey.Internal(AccessState.AssignmentsArea), cancel))
        {
            var held = DocumentStore.Open(entry, AuthorizationJson.Default.RoleAssignment).Value.Role;
            holders += held.Equals(name, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        return holders;
    }

    /// <summary>Where a custom role is kept.</summary>
    public static DocumentKey KeyOf(string name) => DocumentKey.Internal(AccessState.RolesArea, name);

    private static List<DocumentWrite> Writes(RoleDefinition kept, Document<RoleDefinition>? before, Document<UniqueRole>? owner)
    {
        var writes = new List<DocumentWrite>
        {
            DocumentWrite.Put(KeyOf(kept.Name), kept, AuthorizationJson.Default.RoleDefinition,
                DocumentCondition.AsRead(before?.Info)),
        };
        if (owner is null)
        {
            writes.Add(DocumentWrite.Put(
                UniqueKeyOf(kept.RoleName), new(kept.Name), AuthorizationJson.Default.UniqueRole, DocumentCondition.Absent));
        }

        if (before is not null && !before.Value.RoleName.Equals(kept.RoleName, StringComparison.OrdinalIgnoreCase))
        {
            writes.Add(DocumentWrite.Delete(UniqueKeyOf(before.Value.RoleName)));
        }

        return writes;
    }

    private static DocumentKey UniqueKeyOf(string roleName) =>
        DocumentKey.Internal(UniqueArea, Uri.EscapeDataString(roleName.ToUpperInvariant()));

    private static partial class Log
    {
        [LoggerMessage(3214, LogLevel.Information, "Custom role {Role} ({RoleName}) was saved by {Principal} ({CorrelationId}).")]
        public static partial void Saved(ILogger logger, string role, string roleName, string principal, string correlationId);

        [LoggerMessage(3215, LogLevel.Information, "Custom role {Role} ({RoleName}) was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(ILogger logger, string role, string roleName, string principal, string correlationId);
    }
}
