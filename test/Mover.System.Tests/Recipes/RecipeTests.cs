using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>Holds what the recipes of <c>deploy/</c> say to the programs that they start.</summary>
public sealed partial class RecipeTests
{
    private static readonly string[] Zones = ["1", "2", "3"];
    private static readonly string[] Clusters = ["kubernetes/etcd.yaml", "kubernetes/mover.yaml"];

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Every_flag_that_is_given_to_a_server_or_an_agent_exists()
    {
        var server = await HelpAsync("server");
        var agent = await HelpAsync("agent", "run");
        var given = new List<(string Recipe, IReadOnlyList<string> Words)>
        {
            ("systemd/mover-server.service", Recipe.ExecStart("systemd/mover-server.service")),
            ("systemd/server-zones.env", Recipe.Words(Recipe.Variables("systemd/server-zones.env")["MOVER_SERVER_FLAGS"])),
            ("compose/Dockerfile", Recipe.Strings(JsonNode.Parse(DockerCommand().Match(Recipe.Read("compose/Dockerfile")).Groups[1].Value))),
        };
        given.AddRange((await ServicesAsync("mover-")).Select(one => (one.Name, Recipe.Strings(one.Service["command"]))));
        given.Add(("kubernetes/mover.yaml", Recipe.Strings((await ContainerAsync("mover"))["args"])));

        Assert.All(given, one => Assert.NotEmpty(Recipe.Flags(one.Words)));
        Assert.Empty(given.SelectMany(one => Recipe.Flags(one.Words).Except(server).Select(flag => $"{one.Recipe}: {flag}")));
        Assert.Empty(Recipe.Flags(Recipe.ExecStart("systemd/mover-agent.service")).Except(agent));
    }

    [Fact]
    public async Task Every_key_of_a_servers_configuration_exists()
    {
        var (_, help) = await ChildProcess.RunMoverAsync(["server", "--help"]);
        var known = ConfigurationKeys().Match(string.Join(' ', Recipe.Words(help))).Groups[1].Value.Split(", ");

        Assert.All(Zones, zone => Assert.Empty(Recipe.Configuration($"systemd/server-zone{zone}.json").Select(one => one.Key).Except(known)));
        Assert.All(Zones, zone => Assert.Equal(zone, (string)Recipe.Configuration($"systemd/server-zone{zone}.json")["zone"]!));
    }

    [RequiresFact("MOVER_ETCD", "MOVER_NODE_MODULES")]
    public async Task Every_flag_and_variable_that_is_given_to_etcd_exists()
    {
        var (_, help) = await ChildProcess.RunAsync(Requirement.Value("MOVER_ETCD"), ["--help"]);
        var known = Recipe.Flags(Recipe.Words(help)).ToHashSet(StringComparer.Ordinal);
        var given = new List<(string Recipe, IEnumerable<string> Flags)>
        {
            ("systemd/mover-etcd.service", Recipe.Flags(Recipe.ExecStart("systemd/mover-etcd.service"))),
            ("kubernetes/etcd.yaml", Recipe.Flags(Recipe.Strings((await ContainerAsync("etcd"))["args"]))),
        };
        given.AddRange((await ServicesAsync("etcd-")).Select(one => (one.Name, Recipe.Flags(Recipe.Strings(one.Service["command"])))));
        var commands = given.ToList();
        given.AddRange(Zones.Select(zone => ($"zone {zone}", Recipe.Variables($"systemd/etcd-zone{zone}.env").Keys.Select(FlagOf))));

        Assert.All(given, one => Assert.NotEmpty(one.Flags));
        Assert.Empty(given.SelectMany(one => one.Flags.Except(known).Select(flag => $"{one.Recipe}: {flag}")));
        Assert.Equal(5, commands.Count);
        Assert.All(commands, one => Assert.Empty(new[] { "--client-cert-auth", "--peer-client-cert-auth", "--quota-backend-bytes" }.Except(one.Flags)));
    }

    [RequiresFact("MOVER_SYSTEMD_ANALYZE")]
    public async Task Units_pass_systemd_analyze()
    {
        using var folder = new TemporaryFolder();
        string[] units = [.. Recipe.Names("systemd", "*.service")];
        foreach (var unit in units)
        {
            // The program is not installed where tests run.
            var text = Recipe.Read(unit).Replace($"ExecStart={Recipe.ExecStart(unit)[0]} ", "ExecStart=/bin/true ", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder.Path, Path.GetFileName(unit)), text);
        }

        var (exitCode, output) = await ChildProcess.RunAsync(
            Requirement.Value("MOVER_SYSTEMD_ANALYZE"), ["verify", .. units.Select(unit => Path.Combine(folder.Path, Path.GetFileName(unit)))]);

        Assert.Equal((0, string.Empty), (exitCode, output));
        Assert.Contains("systemd/mover-etcd.service", units);
    }

    [Fact]
    public void The_unit_of_etcd_is_confined_as_that_of_the_server()
    {
        var server = Confinement("systemd/mover-server.service");

        Assert.True(server.Count > 15);
        Assert.Empty(server.Except(Confinement("systemd/mover-etcd.service")));
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Probes_ask_for_what_a_server_serves_at_its_own_port()
    {
        using var folder = new TemporaryFolder();
        await using var server = ChildProcess.Mover(["server", "--data", folder.Make("server"), "--urls", "https://127.0.0.1:0"]);
        var url = server.WaitForLine("ready ");
        var container = await ContainerAsync("mover");
        var probes = new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(name => container[name]!["httpGet"]!).ToList();
        var checks = (await ServicesAsync("mover-")).Select(one => Recipe.Strings(one.Service["healthcheck"]!["test"])).ToList();
        using var http = Insecure();

        Assert.All(probes, probe => Assert.Equal(("https", "HTTPS"), ((string)probe["port"]!, (string)probe["scheme"]!)));
        Assert.Equal(["/readyz", "/healthz", "/readyz"], probes.Select(probe => (string)probe["path"]!));
        Assert.Equal(new Uri(Recipe.Value(Recipe.Strings(container["args"]), "--urls")).Port, (int)container["ports"]![0]!["containerPort"]!);
        Assert.Equal(3, checks.Count);
        Assert.All(checks, check => Assert.Equal(7443, new Uri(check[^1]).Port));
        foreach (var path in probes.Select(probe => (string)probe["path"]!).Concat(checks.Select(check => new Uri(check[^1]).AbsolutePath)).Distinct())
        {
            using var answer = await http.GetAsync(new Uri(url + path));
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        }

        var authority = Recipe.Value(checks[0], "--cacert").Replace("/var/lib/mover/server", Path.Combine(folder.Path, "server"), StringComparison.Ordinal);
        Assert.True(File.Exists(authority), authority);
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Compose_gives_secrets_as_files_and_every_name_in_it_is_declared()
    {
        var compose = Assert.Single(await Recipe.YamlAsync("compose/compose.yaml"));
        var services = compose["services"]!.AsObject().Select(one => (one.Key, Service: one.Value!)).ToList();

        Assert.Equal(6, services.Count);
        Assert.All(services, one => Assert.Null(one.Service["environment"] ?? one.Service["env_file"]));
        Assert.All(services, one => Assert.NotNull(one.Service["healthcheck"]));
        Assert.All(services, one => Assert.True((bool)one.Service["read_only"]!));
        Assert.All(services, one => Assert.Equal(["ALL"], Recipe.Strings(one.Service["cap_drop"])));
        foreach (var (name, service) in services)
        {
            var secrets = service["secrets"]!.AsArray()
                .ToDictionary(one => Text(one is JsonObject ? one["target"] : one), one => Text(one is JsonObject ? one["source"] : one), StringComparer.Ordinal);
            var words = string.Join(' ', Recipe.Strings(service["command"]).Concat(Recipe.Strings(service["healthcheck"]!["test"])));

            Assert.Empty(secrets.Values.Except(compose["secrets"]!.AsObject().Select(one => one.Key)));
            Assert.Empty(SecretFiles().Matches(words).Select(one => one.Groups[1].Value).Except(secrets.Keys));
            Assert.Empty(Recipe.Strings(service["volumes"]).Select(one => one.Split(':')[0]).Except(compose["volumes"]!.AsObject().Select(one => one.Key)));
            Assert.EndsWith(name[^1..], secrets.GetValueOrDefault("member.pem", $"{name[^1]}").Split('.')[0], StringComparison.Ordinal);
        }

        Assert.All(compose["secrets"]!.AsObject(), one => Assert.Equal($"./secrets/{one.Key}", (string)one.Value!["file"]!));
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task In_Kubernetes_pods_are_spread_over_zones_disturbed_one_by_one_and_confined()
    {
        foreach (var file in Clusters)
        {
            var documents = await Recipe.YamlAsync(file);
            var set = documents.Single(one => (string)one["kind"]! == "StatefulSet");
            var budget = documents.Single(one => (string)one["kind"]! == "PodDisruptionBudget");
            var pod = set["spec"]!["template"]!;
            var labels = pod["metadata"]!["labels"]!.ToJsonString();
            var spread = pod["spec"]!["topologySpreadConstraints"]![0]!;

            Assert.Equal(3, (int)set["spec"]!["replicas"]!);
            Assert.Equal(1, (int)budget["spec"]!["maxUnavailable"]!);
            Assert.Equal(("topology.kubernetes.io/zone", "DoNotSchedule", 1),
                ((string)spread["topologyKey"]!, (string)spread["whenUnsatisfiable"]!, (int)spread["maxSkew"]!));
            Assert.All(
                [set["spec"]!["selector"], budget["spec"]!["selector"], spread["labelSelector"]],
                selector => Assert.Equal(labels, selector!["matchLabels"]!.ToJsonString()));
            Assert.Contains(documents, one => (string)one["kind"]! == "Service" && (string)one["metadata"]!["name"]! == (string)set["spec"]!["serviceName"]!);
            Assert.True((bool)pod["spec"]!["securityContext"]!["runAsNonRoot"]!);
            Assert.Equal("RuntimeDefault", (string)pod["spec"]!["securityContext"]!["seccompProfile"]!["type"]!);
            Assert.All(
                pod["spec"]!["containers"]!.AsArray().Concat(pod["spec"]!["initContainers"]?.AsArray() ?? []),
                container =>
                {
                    var confined = container!["securityContext"]!;
                    Assert.True((bool)confined["readOnlyRootFilesystem"]!);
                    Assert.False((bool)confined["allowPrivilegeEscalation"]!);
                    Assert.Equal(["ALL"], Recipe.Strings(confined["capabilities"]!["drop"]));
                    Assert.Empty(container["volumeMounts"]!.AsArray().Select(one => (string)one!["name"]!).Except(
                        [.. pod["spec"]!["volumes"]!.AsArray().Concat(set["spec"]!["volumeClaimTemplates"]?.AsArray() ?? [])
                            .Select(one => (string)(one!["name"] ?? one["metadata"]!["name"])!)]));
                });
        }
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task In_Kubernetes_every_file_that_a_program_is_given_comes_from_a_secret()
    {
        var kustomization = Assert.Single(await Recipe.YamlAsync("kubernetes/kustomization.yaml"));
        var files = kustomization["secretGenerator"]!.AsArray()
            .ToDictionary(one => (string)one!["name"]!, one => Recipe.Strings(one!["files"]).Select(file => Path.GetFileName(file)!).ToList(), StringComparer.Ordinal);
        var etcd = string.Join(' ', Recipe.Strings((await ContainerAsync("etcd"))["args"]));
        var mover = string.Join(' ', Recipe.Strings((await ContainerAsync("mover"))["args"]));

        Assert.All(Recipe.Strings(kustomization["resources"]), one => Assert.True(File.Exists(Path.Combine(Recipe.Folder, "kubernetes", one)), one));
        Assert.Equal(
            files["etcd-certificates"].Order(),
            Zones.SelectMany(zone => Mounted("/etc/etcd", etcd.Replace("$(POD_NAME)", $"etcd-{zone}", StringComparison.Ordinal))).Distinct().Order());
        Assert.Equal(files["mover-secrets"].Order(), Mounted("/run/mover", mover).Distinct().Order());
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Every_command_of_the_pages_for_operators_exists()
    {
        var docs = Path.Combine(Recipe.Folder, "../docs");
        string[] pages = [.. Directory.GetFiles(Path.Combine(docs, "operations")), Path.Combine(docs, "reliability.md"), Path.Combine(Recipe.Folder, "README.md")];
        var etcd = Path.GetDirectoryName(Requirement.Value("MOVER_ETCD"))!;
        var (wrong, seen) = (new List<string>(), 0);
        foreach (var program in new[] { "mover", "etcdctl", "etcdutl" })
        {
            foreach (var group in pages.SelectMany(page => Recipe.Commands(page, program))
                .GroupBy(words => string.Join(' ', Recipe.Verbs(words.SkipWhile(word => word.StartsWith('-')))), StringComparer.Ordinal))
            {
                string[] help = [.. Recipe.Words(group.Key), "--help"];
                var (exitCode, output) = program == "mover"
                    ? await ChildProcess.RunMoverAsync(help)
                    : await ChildProcess.RunAsync(Path.Combine(etcd, program), help);
                var known = Recipe.Flags(Recipe.Words(output.Replace("[", " ", StringComparison.Ordinal).Replace(",", " ", StringComparison.Ordinal)));
                var unknown = group.SelectMany(Recipe.Flags).Except(known).ToList();
                seen += group.Count();
                if (exitCode != 0 || unknown.Count > 0 || !output.Contains(Recipe.Words(group.Key).LastOrDefault() ?? program, StringComparison.Ordinal))
                {
                    wrong.Add($"{program} {group.Key}: {string.Join(' ', unknown)}");
                }
            }
        }

        Assert.Empty(wrong);
        Assert.True(seen > 40, $"{seen}");
    }

    private static IEnumerable<string> Mounted(string folder, string words) =>
        Regex.Matches(words, Regex.Escape(folder) + "/([^ &]+)", RegexOptions.CultureInvariant, Recipe.MatchMax).Select(one => one.Groups[1].Value);

    private static async Task<HashSet<string>> HelpAsync(params string[] command)
    {
        var (exitCode, output) = await ChildProcess.RunMoverAsync([.. command, "--help"]);
        Assert.True(exitCode == 0, output);
        return [.. Recipe.Flags(Recipe.Words(output.Replace(",", " ", StringComparison.Ordinal)))];
    }

    private static async Task<List<(string Name, JsonNode Service)>> ServicesAsync(string prefix) =>
    [
        .. (await Recipe.YamlAsync("compose/compose.yaml"))[0]["services"]!.AsObject()
            .Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(one => (one.Key, one.Value!)),
    ];

    private static async Task<JsonNode> ContainerAsync(string name) =>
        (await Recipe.YamlAsync($"kubernetes/{name}.yaml")).Single(one => (string)one["kind"]! == "StatefulSet")
            ["spec"]!["template"]!["spec"]!["containers"]![0]!;

    // What confines a unit: all that follows NoNewPrivileges=.
    private static List<string> Confinement(string unit) =>
    [
        .. Recipe.Read(unit).Split('\n').SkipWhile(line => !line.StartsWith("NoNewPrivileges=", StringComparison.Ordinal))
            .TakeWhile(line => line.Length > 0),
    ];

    private static string FlagOf(string variable) =>
        "--" + variable["ETCD_".Length..].Replace('_', '-').ToLowerInvariant();

    private static string Text(JsonNode? value) => (string)value!;

    private static HttpClient Insecure()
    {
#pragma warning disable CA2000, CA5400 // The client disposes of its handler, which trusts whoever answers on this machine, as probes do.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler);
#pragma warning restore CA2000, CA5400
    }

    [GeneratedRegex(@"^CMD (\[.*\])", RegexOptions.CultureInvariant | RegexOptions.Multiline, 2000)]
    private static partial Regex DockerCommand();

    [GeneratedRegex(@"JSON file with any of ([A-Za-z, ]+); options take precedence", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex ConfigurationKeys();

    [GeneratedRegex(@"/run/secrets/([^ &]+)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex SecretFiles();
}
