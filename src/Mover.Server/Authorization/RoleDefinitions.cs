using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>Writes custom roles. A name belongs to one role only.</summary>
internal sealed partial class RoleDefinitions(DocumentStore documents, AccessState access, ILogger<RoleDefinitions> logger)
{
    /// <summary>Custom roles of the tenant.</summary>
    public const int RolesMax = 5000;

    private const string UniqueArea = "uniqueroles";
    private const int AttemptsMax = 16;

    /// <summary>Makes or replaces a custom role.</summary>
    public async Task<Result<RoleDefinition>> PutAsync(RoleDefinition wanted, WriteStamp stamp, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var snapshot = await access.CurrentAsync(cancel);
            var before = await documents.GetAsync(KeyOf(wanted.Name), AuthorizationJson.Default.RoleDefinition, cancel);
            var owner = await documents.GetAsync(UniqueKeyOf(wanted.RoleName), AuthorizationJson.Default.UniqueRole, cancel);
            if (BuiltInRoles.All.Any(role => role.RoleName.Equals(wanted.RoleName, StringComparison.OrdinalIgnoreCase))
                || (owner is not null && owner.Value.Name != wanted.Name))
            {
                return ArmErrors.RoleDefinitionWithSameNameExists(wanted.RoleName);
            }

            if (before is null && snapshot.CustomRoles.Count >= RolesMax)
            {
                return ArmErrors.RoleDefinitionLimitExceeded(RolesMax);
            }

            var kept = before is null ? wanted : wanted with { CreatedOn = before.Value.CreatedOn, CreatedBy = before.Value.CreatedBy };
            if ((await documents.CommitAsync(Writes(kept, before, owner), stamp, cancel)).Committed)
            {
                await access.RefreshAsync(KeyOf(kept.Name), cancel);
                Log.Saved(logger, kept.Name, kept.RoleName, stamp.By, stamp.Correlation);
                return kept;
            }
        }

        return ArmErrors.RoleDefinitionWithSameNameExists(wanted.RoleName);
    }

    /// <summary>Deletes a custom role that nobody holds; null when there is none with this GUID.</summary>
    public async Task<Result<RoleDefinition>?> DeleteAsync(string name, WriteStamp stamp, CancellationToken cancel)
    {
        if (BuiltInRoles.Find(name) is { } builtIn)
        {
            return ArmErrors.BuiltInRoleIsFixed(builtIn);
        }

        if (await documents.GetAsync(KeyOf(name), AuthorizationJson.Default.RoleDefinition, cancel) is not { } found)
        {
            return null;
        }

        // An assignment made at this very moment is left behind; without its role it gives nothing.
        var holders = (await access.CurrentAsync(cancel)).Assignments.Values
            .Count(a => a.Role.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (holders > 0)
        {
            return ArmErrors.RoleDefinitionHasAssignments(found.Value, holders);
        }

        await documents.CommitAsync(
            [DocumentWrite.Delete(KeyOf(name)), DocumentWrite.Delete(UniqueKeyOf(found.Value.RoleName))], stamp, cancel);
        await access.RefreshAsync(KeyOf(name), cancel);
        Log.Deleted(logger, found.Value.Name, found.Value.RoleName, stamp.By, stamp.Correlation);
        return (Result<RoleDefinition>)found.Value;
    }

    /// <summary>Where a custom role is kept.</summary>
    public static DocumentKey KeyOf(string name) => DocumentKey.Internal(AccessState.RolesArea, name);

    private static List<DocumentWrite> Writes(RoleDefinition kept, Document<RoleDefinition>? before, Document<UniqueRole>? owner)
    {
        var writes = new List<DocumentWrite>
        {
            DocumentWrite.Put(KeyOf(kept.Name), kept, AuthorizationJson.Default.RoleDefinition,
                before is null ? DocumentCondition.Absent : DocumentCondition.Match(before.ETag)),
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
