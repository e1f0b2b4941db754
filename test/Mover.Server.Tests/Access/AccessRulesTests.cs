using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Tests.Access;

public sealed class AccessRulesTests
{
    private const string Group = "/subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/resourceGroups/rg";
    private const string Machine = Group + "/providers/Microsoft.HybridCompute/machines/agent1";
    private const string Mover = Group + "/providers/Microsoft.StorageMover/storageMovers/m";

    [Theory]
    [InlineData("GET", Mover + "/endpoints/e", "Microsoft.StorageMover/storageMovers/endpoints/read", Mover + "/endpoints/e")]
    [InlineData("PUT", Mover, "Microsoft.StorageMover/storageMovers/write", Mover)]
    [InlineData("PATCH", Mover, "Microsoft.StorageMover/storageMovers/write", Mover)]
    [InlineData("DELETE", Mover, "Microsoft.StorageMover/storageMovers/delete", Mover)]
    [InlineData("GET", Mover + "/endpoints", "Microsoft.StorageMover/storageMovers/endpoints/read", Mover)]
    [InlineData("GET", Group, "Microsoft.Resources/subscriptions/resourceGroups/read", Group)]
    [InlineData("POST", Mover + "/projects/p/jobDefinitions/j/startJob",
        "Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action", Mover + "/projects/p/jobDefinitions/j")]
    [InlineData("POST", Mover + "/agents/agent1/channel/beat", ArmAction.AgentChannel, Mover + "/agents/agent1")]
    [InlineData("GET", "/servicePrincipals", "Mover/read", "/servicePrincipals")]
    [InlineData("POST", "/servicePrincipals", "Mover/action", "/servicePrincipals")]
    public void A_request_says_which_action_it_is_at_which_scope(string method, string path, string action, string scope) =>
        Assert.Equal(new ArmAction(action, scope), ArmAction.Of(method, path));

    [Theory]
    [InlineData("POST", Mover + "/agents/agent1/channel/beat", true)]
    [InlineData("GET", Mover + "/agents/agent1", true)]
    [InlineData("GET", Machine, true)]
    [InlineData("GET", Mover + "/agents/agent2", false)]
    [InlineData("GET", Mover + "/agents", false)]
    [InlineData("GET", Mover, false)]
    [InlineData("PUT", Machine, false)]
    [InlineData("DELETE", Mover + "/agents/agent1", false)]
    [InlineData("POST", Mover + "/projects/p/jobDefinitions/j/startJob", false)]
    [InlineData("POST", "/servicePrincipals", false)]
    [InlineData("GET", "/vaults/v/secrets/s", false)]
    [InlineData("GET", "/subscriptions", false)]
    public void An_agent_may_use_its_channel_and_read_what_stands_for_it(string method, string path, bool allowed)
    {
        Assert.True(ResourceId.TryParse(Machine, out var machine));
        var agent = new Principal("o", "o", "o", PrincipalKind.Agent, machine);

        var action = ArmAction.Of(method, path);

        Assert.Equal(allowed, AccessRules.Allows(agent, action.Name, action.Scope));
    }

    [Theory]
    [InlineData(PrincipalKind.User)]
    [InlineData(PrincipalKind.Application)]
    public void Administrators_and_service_principals_may_do_everything(PrincipalKind kind) =>
        Assert.True(AccessRules.Allows(new("o", "a", "n", kind), "Microsoft.StorageMover/storageMovers/delete", Mover));
}
