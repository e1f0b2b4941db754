using Mover.Core.Arm;
using Mover.Files;
using Mover.Server.Access;
using Mover.Server.Identity;

namespace Mover.Simulation;

/// <summary>How large a simulation is.</summary>
internal sealed record Scale(int Agents, int ServersPerRegion, bool HasPair, TimeSpan Time);

/// <summary>Regions, servers, agents, and what is configured there.</summary>
internal sealed class Estate
{
    public const string Version = "?api-version=2025-12-01";
    private const string GroupVersion = "?api-version=2021-04-01";

    private readonly Scale _scale;

    public Estate(World world, Scale scale, string folder)
    {
        (World, _scale) = (world, scale);
        Network = new(world);
        Storage = new(world);
        var ring = Path.Combine(folder, "ring");
        PrivateFile.TryCreate(ring, System.Text.Encoding.ASCII.GetBytes(RingKeys.MakeLine() + "\n"));
        East = new(world, "eastus", ring);
        for (var at = 1; at <= scale.ServersPerRegion; at++)
        {
            East.Servers.Add(new(East, Network, $"east{at}", $"10.0.1.{at}:7443", Path.Combine(folder, $"east{at}")));
        }

        Servers = [.. East.Servers];
        Person = new(world, Network, Servers, "person");
        Agents = [.. Enumerable.Range(1, scale.Agents).Select(
            at => new AgentNode(world, Network, Storage, $"agent{at}", Path.Combine(folder, $"agent{at}")))];
    }

    public World World { get; }

    public Network Network { get; }

    public Storage Storage { get; }

    public Region East { get; }

    public IReadOnlyList<ServerNode> Servers { get; }

    public IReadOnlyList<AgentNode> Agents { get; }

    public Operator Person { get; }

    public string Subscription { get; private set; } = string.Empty;

    public string Group => $"/subscriptions/{Subscription}/resourceGroups/g1";

    public string Mover => Group + "/providers/Microsoft.StorageMover/storageMovers/m1";

    public string Definition(AgentNode agent) => $"{Mover}/projects/p1/jobDefinitions/{agent.Name}-job";

    public async Task BeginAsync()
    {
        foreach (var server in Servers)
        {
            await server.StartAsync();
        }

        Subscription = new IdentityFiles(East.Servers[0].Folder).ReadAdministrator()?.SubscriptionId ?? string.Empty;
        await PutAsync(Group + GroupVersion, """{"location":"eastus"}""");
        await PutAsync(Mover + Version, """{"location":"eastus"}""");
        await PutAsync($"{Mover}/projects/p1{Version}", "{}");
        foreach (var agent in Agents)
        {
            await AddAsync(agent);
        }
    }

    private async Task AddAsync(AgentNode agent)
    {
        if (!ResourceId.TryParse(Mover, out var mover))
        {
            throw new InvalidOperationException(Mover);
        }

        await agent.RegisterAsync(mover, [.. Servers.Select(server => server.Url)], Person.Token());
        await agent.StartAsync();
        await PutAsync(
            $"{Mover}/endpoints/{agent.Name}-from{Version}",
            $$$"""{"properties":{"endpointType":"NfsMount","host":"{{{agent.Name}}}","export":"/data"}}""");
        await PutAsync(
            $"{Mover}/endpoints/{agent.Name}-to{Version}",
            $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{{Group}}}/providers/Microsoft.Storage/storageAccounts/acc","blobContainerName":"{{{agent.Name}}}"}}""");
        await PutAsync(
            Definition(agent) + Version,
            $$$"""{"properties":{"copyMode":"Additive","sourceName":"{{{agent.Name}}}-from","targetName":"{{{agent.Name}}}-to","agentName":"{{{agent.Name}}}"}}""");
        var source = Storage.Of($"{agent.Name}:/data/");
        for (var at = 0; at < 5; at++)
        {
            source.AddFile($"f{at}", $"{agent.Name} {at}");
        }
    }

    public async Task PutAsync(string path, string json)
    {
        var answer = await Person.AskAsync("PUT", path, json);
        if (!answer.IsDone)
        {
            throw new InvalidOperationException($"PUT {path}: {answer.Status} {answer.Text}");
        }
    }
}
