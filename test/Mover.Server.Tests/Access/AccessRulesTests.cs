using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Tests.Access;

public sealed class AccessRulesTests
{
    private const string Subscription = "/subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab";
    private const string Group = Subscription + "/resourceGroups/rg";
    private const string Machine = Group + "/providers/Microsoft.HybridCompute/machines/agent1";
    private const string Mover = Group + "/providers/Microsoft.StorageMover/storageMovers/m";

    [Theory]
    [InlineData(Mover + "/endpoints/e", false, Mover + "/endpoints/e")]
    [InlineData(Mover + "/", false, Mover)]
    [InlineData(Mover + "/endpoints", true, Mover)]
    [InlineData(Mover + "/projects/p/jobDefinitions/j/startJob", true, Mover + "/projects/p/jobDefinitions/j")]
    [InlineData(Group, false, Group)]
    [InlineData(Group + "/providers/Microsoft.StorageMover/storageMovers", true, Group)]
    [InlineData(Subscription + "/resourceGroups", true, Subscription)]
    [InlineData(Subscription + "/providers/Microsoft.StorageMover/storageMovers", true, Subscription)]
    [InlineData(Subscription + "/providers/Microsoft.Storage/register", true, Subscription)]
    [InlineData("/subscriptions", true, "/")]
    [InlineData("/servicePrincipals", true, "/")]
    [InlineData("/providers/Microsoft.StorageMover/operations", true, "/")]
    [InlineData("/vaults/v/secrets/s", false, "/vaults/v/secrets/s")]
    public void A_requests_scope_is_its_resource_or_the_one_before_a_list_or_an_action(string path, bool endsInWord, string scope) =>
        Assert.Equal(scope, ArmAction.ScopeOf(path, endsInWord));

    [Theory]
    [InlineData("/", Group, true)]
    [InlineData(Group, Group, true)]
    [InlineData(Group, Mover, true)]
    [InlineData("/SUBSCRIPTIONS/6A3F2C1E-0000-4000-8000-1234567890AB/resourcegroups/RG", Mover, true)]
    [InlineData(Group, Subscription, false)]
    [InlineData(Group, Group + "2", false)]
    [InlineData(Group, "/", false)]
    public void A_scope_encloses_itself_and_what_lies_below(string outer, string scope, bool encloses) =>
        Assert.Equal(encloses, ArmAction.Encloses(outer, scope));

    [Theory]
    [InlineData(ArmAction.AgentChannel, Mover + "/agents/agent1/channel", true)]
    [InlineData("Microsoft.StorageMover/storageMovers/agents/read", Mover + "/agents/agent1", true)]
    [InlineData("Microsoft.HybridCompute/machines/read", Machine, true)]
    [InlineData("Microsoft.StorageMover/storageMovers/agents/read", Mover + "/agents/agent2", false)]
    [InlineData("Microsoft.StorageMover/storageMovers/agents/read", Mover, false)]
    [InlineData("Microsoft.StorageMover/storageMovers/read", Mover, false)]
    [InlineData("Microsoft.HybridCompute/machines/write", Machine, false)]
    [InlineData("Microsoft.StorageMover/storageMovers/agents/delete", Mover + "/agents/agent1", false)]
    [InlineData("Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action", Mover + "/projects/p/jobDefinitions/j", false)]
    [InlineData("Microsoft.Authorization/servicePrincipals/write", "/", false)]
    [InlineData("Microsoft.Authorization/roleAssignments/read", Machine, false)]
    [InlineData("Microsoft.Authorization/roleAssignments/read", Mover + "/agents/agent1", false)]
    public void An_agent_may_act_only_on_its_channel_and_its_own_resources(string action, string scope, bool isOwn)
    {
        Assert.True(ResourceId.TryParse(Machine, out var machine));
        var agent = new Principal("o", "o", "o", PrincipalKind.Agent, machine);

        Assert.Equal(isOwn, AccessRules.IsOwnAffair(agent, new(action, scope)));
    }

    [Theory]
    [InlineData(PrincipalKind.User)]
    [InlineData(PrincipalKind.Application)]
    public void Nobody_else_may_do_anything_without_a_role(PrincipalKind kind) =>
        Assert.False(AccessRules.IsOwnAffair(new("o", "a", "n", kind), new(ArmAction.AgentChannel, Mover)));

    [Theory]
    [InlineData("*", "Microsoft.Storage/storageAccounts/write", true)]
    [InlineData("*/read", "Microsoft.Storage/storageAccounts/read", true)]
    [InlineData("*/read", "Microsoft.Storage/storageAccounts/readers/write", false)]
    [InlineData("Microsoft.Authorization/*/Write", "microsoft.authorization/roleAssignments/write", true)]
    [InlineData("Microsoft.Authorization/*/Write", "Microsoft.Authorization/write", false)]
    [InlineData("Microsoft.Storage/*/listKeys/action", "Microsoft.Storage/storageAccounts/listKeys/action", true)]
    [InlineData("Microsoft.Storage/*/containers/*", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", true)]
    [InlineData("Microsoft.Storage/*/containers/*/write", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", false)]
    [InlineData("Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/read", true)]
    [InlineData("Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/readX", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("", "a", false)]
    public void Patterns_stand_for_actions_casing_aside(string pattern, string action, bool matches) =>
        Assert.Equal(matches, ActionPattern.Matches(pattern, action));

    [Fact]
    public void What_one_role_takes_away_another_may_give()
    {
        var caller = new Principal("11111111-0000-4000-8000-000000000001", "a", "n", PrincipalKind.User);
        var write = new ArmAction("Microsoft.Authorization/roleAssignments/write", Mover);
        var contributor = AccessSnapshot.Empty.With(Grant(caller, BuiltInRoles.Contributor, Group));

        var both = contributor.With(Grant(caller, BuiltInRoles.UserAccessAdministrator, Mover));

        Assert.False(contributor.Allows(caller, write, isData: false));
        Assert.True(contributor.Allows(caller, new("Microsoft.StorageMover/storageMovers/write", Mover), isData: false));
        Assert.True(both.Allows(caller, write, isData: false));
        Assert.False(both.Allows(caller, write with { Scope = Group }, isData: false));
    }

    [Fact]
    public void Owner_gives_no_data_and_a_data_role_no_management()
    {
        var caller = new Principal("11111111-0000-4000-8000-000000000001", "a", "n", PrincipalKind.User);
        var read = new ArmAction("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Group + "/x");
        var owner = AccessSnapshot.Empty.With(Grant(caller, BuiltInRoles.Owner, "/"));
        var reader = AccessSnapshot.Empty.With(Grant(caller, BuiltInRoles.BlobDataReader, Group));

        Assert.Equal((false, true), (owner.Allows(caller, read, isData: true), reader.Allows(caller, read, isData: true)));
        Assert.False(reader.Allows(caller, new("Microsoft.StorageMover/storageMovers/read", Mover), isData: false));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("atScope()", 1)]
    [InlineData("principalId eq 'x'", 1)]
    [InlineData("atScope() and assignedTo('a''b')", 2)]
    [InlineData("eventTimestamp ge '2026-01-01T00:00:00Z' and eventTimestamp le 2026-02-01 and caller eq 'me'", 3)]
    public void Filters_are_terms_joined_by_and(string filter, int count)
    {
        Assert.True(FilterTerms.TryParse(filter, out var terms));
        Assert.Equal(count, terms.Count);
    }

    [Theory]
    [InlineData("atScope")]
    [InlineData("atScope() or atScope()")]
    [InlineData("atScope() and")]
    [InlineData("principalId eq 'x")]
    [InlineData("principalId ne 'x'")]
    [InlineData("a eq")]
    [InlineData("(((")]
    [InlineData("'")]
    public void An_invalid_filter_is_rejected(string filter) => Assert.False(FilterTerms.TryParse(filter, out _));

    private static RoleAssignment Grant(Principal principal, RoleDefinition role, string scope) => new()
    {
        Name = Guid.NewGuid().ToString(),
        Scope = scope,
        Role = role.Name,
        PrincipalId = principal.ObjectId,
        PrincipalType = "User",
    };
}
