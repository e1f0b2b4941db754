using System.Security.Cryptography;
using System.Text;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>What became of a PUT: the assignment as it is kept, and whether it is new.</summary>
internal sealed record SavedAssignment(RoleAssignment Assignment, bool IsNew);

/// <summary>
/// Writes role assignments. Each lies in an area that mirrors the resources, so that it dies with its scope, beside an entry that makes it
/// the only one that gives its principal its role there.
/// </summary>
internal sealed partial class RoleAssignments(
    DocumentStore documents, AccessState access, RoleGuard guard, Owners owners, IRoleScopes scopes, ILogger<RoleAssignments> logger)
{
    /// <summary>Assignments of one subscription, and of those above all subscriptions together.</summary>
    public const int AssignmentsMax = 4000;

    /// <summary>Of those, kept for assignments at the subscription itself: whoever fills the groups leaves its Owners some.</summary>
    public const int SubscriptionKept = 500;

    /// <summary>Assignments at one resource group and below it.</summary>
    public const int GroupAssignmentsMax = 2000;

    /// <summary>Where the entries are that make assignments unique.</summary>
    public const string UniqueArea = "uniqueroleassignments";

    /// <summary>Makes an assignment, or changes the description of the one with this id.</summary>
    public Task<Result<SavedAssignment>> PutAsync(RoleAssignment wanted, WriteStamp stamp, CancellationToken cancel) =>
        guard.InTurnAsync(() => PutInTurnAsync(wanted, stamp, cancel), cancel);

    /// <summary>Takes an assignment away; null when there is none with this id.</summary>
    public Task<Result<RoleAssignment>?> DeleteAsync(string scope, string name, WriteStamp stamp, CancellationToken cancel) =>
        guard.InTurnAsync(() => DeleteInTurnAsync(KeyOf(RoleAssignment.IdOf(scope, name)), stamp, cancel), cancel);

    /// <summary>
    /// Takes all assignments of a principal of this control plane away, in the turn of whoever deletes it. True when there were some: the
    /// guard has changed then.
    /// </summary>
    public async Task<Result<bool>> DeleteOfInTurnAsync(string principalId, WriteStamp stamp, CancellationToken cancel)
    {
        var given = new List<RoleAssignment>();
        await foreach (var entry in documents.ListBelowAsync(DocumentKey.Internal(AccessState.AssignmentsArea), cancel))
        {
            // A damaged assignment gives nothing; AccessState says so.
            if (DocumentStore.OpenWhole(entry, AuthorizationJson.Default.RoleAssignment, _ => { })?.Value is { PrincipalIssuer: null } found
                && IsSame(found.PrincipalId, principalId))
            {
                given.Add(found);
            }
        }

        foreach (var one in given)
        {
            if ((await DeleteInTurnAsync(KeyOf(one), stamp, cancel))?.Refusal is { } refusal)
            {
                return refusal;
            }
        }

        return given.Count > 0;
    }

    private async Task<Result<SavedAssignment>> PutInTurnAsync(RoleAssignment wanted, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var before = await documents.GetAsync(KeyOf(wanted), AuthorizationJson.Default.RoleAssignment, cancel);
            var planned = before is null ? await PlanNewAsync(wanted, cancel) : PlanChange(before, wanted);
            if (!planned.Try(out var plan, out var refusal))
            {
                return refusal;
            }

            if ((await documents.CommitAsync(plan.Writes, stamp, cancel)).Committed)
            {
                await access.RefreshAsync(KeyOf(wanted), cancel);
                Log.Saved(logger, plan.Saved.Id, plan.Saved.PrincipalId, plan.Saved.Role, stamp.By, stamp.Correlation);
                return new SavedAssignment(plan.Saved, before is null);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.RoleAssignmentContended(wanted.Name);
    }

    private async Task<Result<RoleAssignment>?> DeleteInTurnAsync(DocumentKey key, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var state = await guard.ReadAsync(cancel);
            if (await documents.GetAsync(key, AuthorizationJson.Default.RoleAssignment, cancel) is not { } found)
            {
                return null;
            }

            if (Owners.IsOne(found.Value) && !await owners.AnyAsync(other => IsSame(other.Name, found.Value.Name), cancel))
            {
                return ArmErrors.LastOwner();
            }

            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Delete(key, DocumentCondition.Unchanged(found.Info)), DocumentWrite.Delete(UniqueKeyOf(found.Value)),
                    state.Write(CountedOf(found.Value.Scope), -1),
                ],
                stamp,
                cancel);
            if (commit.Committed)
            {
                await access.RefreshAsync(key, cancel);
                Log.Deleted(logger, found.Value.Id, found.Value.PrincipalId, found.Value.Role, stamp.By, stamp.Correlation);
                return (Result<RoleAssignment>)found.Value;
            }
        }
        while (await rounds.NextAsync(cancel));

        return (Result<RoleAssignment>)ArmErrors.RoleAssignmentContended(key.Text[(key.Text.LastIndexOf('/') + 1)..]);
    }

    /// <summary>The writes that make an assignment, if neither it nor its equal is there.</summary>
    public static IEnumerable<DocumentWrite> NewWrites(RoleAssignment made) =>
    [
        DocumentWrite.Put(KeyOf(made), made, AuthorizationJson.Default.RoleAssignment, DocumentCondition.Absent),
        DocumentWrite.Put(UniqueKeyOf(made), new(made.Name), AuthorizationJson.Default.UniqueAssignment, DocumentCondition.Absent),
    ];

    private async Task<Result<Plan>> PlanNewAsync(RoleAssignment wanted, CancellationToken cancel)
    {
        var state = await guard.ReadAsync(cancel);
        var custom = await documents.GetAsync(RoleDefinitions.KeyOf(wanted.Role), AuthorizationJson.Default.RoleDefinition, cancel);
        if ((BuiltInRoles.Find(wanted.Role) ?? custom?.Value) is not { } role)
        {
            return ArmErrors.RoleDefinitionDoesNotExist(wanted.Role);
        }

        if (!role.IsAssignableAt(wanted.Scope))
        {
            return ArmErrors.RoleNotAssignableAt(role, wanted.Scope);
        }

        if (!(await scopes.RequireAsync(wanted.Scope, cancel)).Try(out var checks, out var missing))
        {
            return missing;
        }

        var unique = await documents.GetAsync(UniqueKeyOf(wanted), AuthorizationJson.Default.UniqueAssignment, cancel);
        if (unique is not null)
        {
            return ArmErrors.RoleAssignmentExists(unique.Value.Name);
        }

        var counted = CountedOf(wanted.Scope);
        if (await FullAsync(state, counted, wanted.Scope, cancel) is { } full)
        {
            return full;
        }

        var made = wanted with { RoleIncarnation = role.Incarnation };
        if (custom is not null)
        {
            checks = [.. checks, DocumentWrite.Check(custom.Key, DocumentCondition.Unchanged(custom.Info))];
        }

        return new Plan(made, [.. NewWrites(made), .. checks, state.Write(counted, 1)]);
    }

    // The limit that one more would exceed, if any.
    private async Task<ArmError?> FullAsync(RoleGuard.GuardState state, string counted, string scope, CancellationToken cancel)
    {
        var group = GroupOf(scope);
        if (group is { } inside && await IsFullAsync(inside, cancel))
        {
            return ArmErrors.RoleAssignmentGroupLimitExceeded(inside.Name, GroupAssignmentsMax);
        }

        var countMax = group is null ? AssignmentsMax : AssignmentsMax - SubscriptionKept;
        return await guard.HasRoomAsync(state, counted, PlaceOf(counted), countMax, cancel) ? null
            : group is null ? ArmErrors.RoleAssignmentLimitExceeded(AssignmentsMax)
            : ArmErrors.RoleAssignmentRoomKept(AssignmentsMax, SubscriptionKept);
    }

    // By memory, which may be a moment behind another instance, and by the store before anything is refused. Two instances may exceed a
    // group's share by what they write at once; the subscription's limit they never do.
    private async Task<bool> IsFullAsync(ResourceId group, CancellationToken cancel) =>
        (await access.CurrentAsync(cancel)).CountAssignments(group.Text) >= GroupAssignmentsMax
        && !await guard.HasRoomAsync(KeyOf(group.Text), GroupAssignmentsMax, cancel);

    private static Result<Plan> PlanChange(Document<RoleAssignment> before, RoleAssignment wanted)
    {
        var old = before.Value;
        if (!IsSame(old.PrincipalId, wanted.PrincipalId) || old.PrincipalIssuer != wanted.PrincipalIssuer || !IsSame(old.Role, wanted.Role))
        {
            return ArmErrors.RoleAssignmentUpdateNotPermitted(old.Name);
        }

        var changed = old with { Description = wanted.Description, UpdatedOn = wanted.UpdatedOn, UpdatedBy = wanted.UpdatedBy };
        return new Plan(changed,
        [
            DocumentWrite.Put(KeyOf(old), changed, AuthorizationJson.Default.RoleAssignment, DocumentCondition.Unchanged(before.Info)),
        ]);
    }

    // A subscription's assignments are counted together, and those above all subscriptions.
    private static string CountedOf(string scope) =>
        ResourceId.TryParse(scope, out var id) ? ArmCase.Lower(id.Subscription) : ArmAction.Root;

    private static ResourceId? GroupOf(string scope) =>
        ResourceId.TryParse(scope, out var id) && id.ResourceGroup.Length > 0
            ? ResourceId.OfGroup(id.Subscription, id.ResourceGroup)
            : null;

    private static DocumentKey PlaceOf(string counted) => counted == ArmAction.Root
        ? DocumentKey.Internal(AccessState.AssignmentsArea, "providers")
        : DocumentKey.Internal(AccessState.AssignmentsArea, "subscriptions", counted);

    private static bool IsSame(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static DocumentKey KeyOf(RoleAssignment assignment) => KeyOf(assignment.Id);

    private static DocumentKey KeyOf(string id) =>
        DocumentKey.Internal([AccessState.AssignmentsArea, .. id.Split('/', StringSplitOptions.RemoveEmptyEntries)]);

    // "~" begins no segment of an id. Two issuers may have given out the same object id.
    private static DocumentKey UniqueKeyOf(RoleAssignment assignment)
    {
        var scope = assignment.Scope.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var issuer = assignment.PrincipalIssuer is { } url
            ? "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))
            : string.Empty;
        return DocumentKey.Internal([UniqueArea, .. scope, $"~{assignment.PrincipalId}~{assignment.Role}{issuer}"]);
    }

    private sealed record Plan(RoleAssignment Saved, IReadOnlyList<DocumentWrite> Writes);

    private static partial class Log
    {
        [LoggerMessage(3212, LogLevel.Information,
            "Role assignment {AssignmentId} of {Role} to {PrincipalId} was created by {Principal} ({CorrelationId}).")]
        public static partial void Saved(
            ILogger logger, string assignmentId, string principalId, string role, string principal, string correlationId);

        [LoggerMessage(3213, LogLevel.Information,
            "Role assignment {AssignmentId} of {Role} to {PrincipalId} was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(
            ILogger logger, string assignmentId, string principalId, string role, string principal, string correlationId);
    }
}
