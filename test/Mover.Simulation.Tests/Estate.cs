using Mover.Core.Arm;
using Mover.Files;
using Mover.Server.Identity;
using Mover.Server.Keys;

namespace Mover.Simulation;

/// <summary>Regions, servers, agents, and what is configured there.</summary>
internal sealed class Estate
{
    public const string Version = "?api-version=2025-12-01";
    public const string GroupVersion = "?api-version=2021-04-01";

    public Estate(World world, Settings settings, string folder)
    {
        World = world;
        Network = new(world);
        Storage = new(world) { CallMax = TimeSpan.FromSeconds(settings.CallSeconds) };
        var ring = Path.Combine(folder, "ring");
        PrivateFile.TryCreate(ring, System.Text.Encoding.ASCII.GetBytes(RingKeys.MakeLine() + "\n"));
        var plant = Plants.OfStore(settings.Plant);
        var east = new Region(world, "eastus", ring) { Plant = plant };
        Regions = [east];
        if (settings.HasPair)
        {
            var west = new Region(world, "westus", ring) { StartsAsStandby = true, Pair = east, Plant = plant };
            east.Pair = west;
            Regions = [east, west];
        }

        foreach (var (number, region) in Regions.Index())
        {
            for (var at = 1; at <= settings.Servers; at++)
            {
                var name = $"{region.Name[..4]}{at}";
                region.Servers.Add(new(region, Network, name, $"10.0.{number + 1}.{at}:7443", Path.Combine(folder, name)));
            }
        }

        Servers = [.. Regions.SelectMany(region => region.Servers)];
        Array.ForEach([.. Servers], server => server.Announce());
        Person = new(world, Network, Servers, "person");
        Agents = [.. Enumerable.Range(1, settings.Agents).Select(
            at => new AgentNode(world, Network, Storage, $"agent{at}", Path.Combine(folder, $"agent{at}")))];
        Checks = [.. Regions.Select(region => new RegionCheck(world, region))];
        Runs = new(world);
        Storage.Changed = Runs.Effect;
        Network.Sent = exchange =>
        {
            if (exchange.Uri.AbsolutePath.EndsWith("/channel/progress", StringComparison.Ordinal)
                || exchange.Uri.AbsolutePath.EndsWith("/channel/finish", StringComparison.Ordinal))
            {
                Runs.Send(exchange.Body);
            }
        };
        Plants.Into(this, settings.Plant);
        foreach (var check in Checks)
        {
            check.Other = Checks.FirstOrDefault(other => other != check);
            check.TookOver = Runs.Begin;
            check.Served = (region, changes) =>
            {
                // One that serves in a lower epoch has not heard yet that it does not count.
                if (region.Other is not { Serves: true } other || (other.Role?.Epoch ?? 0) < (region.Role?.Epoch ?? 0))
                {
                    Runs.Look(region, changes);
                }
            };
        }
    }

    public World World { get; }

    public Network Network { get; }

    public Storage Storage { get; }

    public IReadOnlyList<Region> Regions { get; }

    public IReadOnlyList<ServerNode> Servers { get; }

    public IReadOnlyList<AgentNode> Agents { get; }

    public IReadOnlyList<RegionCheck> Checks { get; }

    public RunCheck Runs { get; }

    public Operator Person { get; }

    public string Subscription { get; private set; } = string.Empty;

    public string Group => $"/subscriptions/{Subscription}/resourceGroups/g1";

    public string Mover => Group + "/providers/Microsoft.StorageMover/storageMovers/m1";

    /// <summary>What the region says that serves in the highest epoch.</summary>
    public RegionCheck Serving => Checks.Where(check => check.Serves).MaxBy(check => check.Role?.Epoch ?? 0) ?? Checks[0];

    public string Definition(AgentNode agent, string kind = "job") => $"{Mover}/projects/p1/jobDefinitions/{agent.Name}-{kind}";

    public async Task BeginAsync()
    {
        foreach (var server in Servers)
        {
            await server.StartAsync();
        }

        Subscription = new IdentityFiles(Servers[0].Folder).ReadAdministrator()?.SubscriptionId ?? string.Empty;
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
        await AddJobAsync(agent, "job", string.Empty);
        var cron = $"*/{World.Dice.Next(7, 60)} * * * *";
        await AddJobAsync(
            agent, "cron",
            $$$""","schedule":{"frequency":"None","isActive":true,"startDate":"2020-01-01T00:00:00Z","endDate":"2021-01-01T00:00:00Z","cronExpression":"{{{cron}}}"}""");
    }

    private async Task AddJobAsync(AgentNode agent, string kind, string schedule)
    {
        await PutAsync(
            $"{Mover}/endpoints/{agent.Name}-{kind}-from{Version}",
            $$$"""{"properties":{"endpointType":"NfsMount","host":"{{{agent.Name}}}","export":"/{{{kind}}}"}}""");
        await PutAsync(
            $"{Mover}/endpoints/{agent.Name}-{kind}-to{Version}",
            $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{{Group}}}/providers/Microsoft.Storage/storageAccounts/acc","blobContainerName":"{{{agent.Name}}}-{{{kind}}}"}}""");
        await PutAsync(
            Definition(agent, kind) + Version,
            $$$"""{"properties":{"copyMode":"Additive","sourceName":"{{{agent.Name}}}-{{{kind}}}-from","targetName":"{{{agent.Name}}}-{{{kind}}}-to","agentName":"{{{agent.Name}}}"{{{schedule}}}}}""");
        for (var at = 0; at < 5; at++)
        {
            Source(agent, kind).AddFile($"f{at}", $"{agent.Name} {at}");
        }
    }

    public Testing.MemoryVolume Source(AgentNode agent, string kind) => Storage.Of($"{agent.Name}:/{kind}/");

    public Testing.MemoryVolume Target(AgentNode agent, string kind) => Storage.Of($"{agent.Name}-{kind}/");

    public async Task PutAsync(string path, string json)
    {
        var answer = await Person.AskAsync("PUT", path, json);
        if (!answer.IsDone)
        {
            throw new InvalidOperationException($"PUT {path}: {answer.Status} {answer.Text}");
        }
    }
}
