using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>That an administrator was given roles, so that roles taken away since are not given again.</summary>
internal sealed record AdministratorMark(string ObjectId);

/// <summary>
/// Gives the administrator Owner and Key Vault Secrets Officer over everything, once: at the first start of a data folder, or at the first
/// one with a control plane that asks for roles. They are assignments as all others are. A start that finds no Owner who can sign in gives
/// the administrator Owner again: whoever may start the control plane on its host has its keys anyway, and nobody else could give rights.
/// </summary>
internal sealed partial class AdministratorRoles(
    DocumentStore documents, Administrator administrator, RoleGuard guard, Owners owners, TimeProvider clock,
    ILogger<AdministratorRoles> logger)
{
    private const string Place = "administrators";

    /// <summary>Gives the roles that are due.</summary>
    public async Task EnsureAsync(CancellationToken cancel)
    {
        var state = await guard.ReadAsync(cancel);
        var mark = DocumentKey.Internal(Place, administrator.ObjectId);
        var isFirst = await documents.GetInfoAsync(mark, cancel) is null;
        if (!isFirst && await owners.AnyAsync(_ => false, cancel))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var stamp = new WriteStamp(Caller.Service.Name, Caller.Service.Type, now, Guid.NewGuid().ToString());
        RoleDefinition[] roles = isFirst ? [BuiltInRoles.Owner, BuiltInRoles.SecretsOfficer] : [BuiltInRoles.Owner];
        var writes = new List<DocumentWrite>
        {
            DocumentWrite.Put(mark, new(administrator.ObjectId), AuthorizationJson.Default.AdministratorMark,
                isFirst ? DocumentCondition.Absent : DocumentCondition.Exists),
            state.Write(ArmAction.Root, roles.Length),
        };
        writes.AddRange(roles.SelectMany(role => RoleAssignments.NewWrites(Made(role, now))));

        // Another instance of the control plane may have been faster.
        if (!(await documents.CommitAsync(writes, stamp, cancel)).Committed)
        {
            return;
        }

        if (isFirst)
        {
            Log.Given(logger, administrator.ObjectId);
        }
        else
        {
            Log.GivenAgain(logger, administrator.ObjectId);
        }
    }

    private RoleAssignment Made(RoleDefinition role, DateTimeOffset now) => new()
    {
        Name = Guid.NewGuid().ToString(),
        Scope = ArmAction.Root,
        Role = role.Name,
        PrincipalId = administrator.ObjectId,
        PrincipalType = "User",
        Description = "Created by the control plane for its administrator.",
        CreatedOn = now,
        UpdatedOn = now,
    };

    private static partial class Log
    {
        [LoggerMessage(3211, LogLevel.Information, "Assigned Owner and Key Vault Secrets Officer to the administrator {ObjectId}.")]
        public static partial void Given(ILogger logger, string objectId);

        [LoggerMessage(3216, LogLevel.Warning, "No Owner could sign in; assigned Owner to the administrator {ObjectId} again.")]
        public static partial void GivenAgain(ILogger logger, string objectId);
    }
}
