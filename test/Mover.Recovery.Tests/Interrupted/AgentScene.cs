using Microsoft.Extensions.Hosting;
using Mover.Core.Arm;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Tests.Deploy;

namespace Mover.Recovery.Tests.Interrupted;

/// <summary>A recovery that is deployed in the west, with agents that are online there.</summary>
internal sealed class AgentScene : IAsyncDisposable
{
    private readonly List<IHost> _agents = [];

    private AgentScene(RecoveryScene scene) => Scene = scene;

    public RecoveryScene Scene { get; }

    public ResourceId Mover => Scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1");

    public static async Task<AgentScene> StartAsync(int jobs, params string[] agents)
    {
        var scene = new AgentScene(await RecoveryScene.StartAsync(jobs));
        await new PlanDeployment(scene.Scene.WestClient, TimeProvider.System).RunAsync(await scene.Scene.PlanAsync(), default);
        foreach (var name in agents)
        {
            var agent = await scene.Scene.StartAgentAsync(name);
            scene._agents.Add(agent);
            await agent.StartAsync();
        }

        await scene.Scene.OnlineAsync(agents.Length);
        return scene;
    }

    public Task<JobEstate> ReadAsync() => JobEstate.ReadAsync(Scene.WestClient, Scene.WestGroup, null, default);

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.StopAsync();
            agent.Dispose();
        }

        await Scene.DisposeAsync();
    }
}
