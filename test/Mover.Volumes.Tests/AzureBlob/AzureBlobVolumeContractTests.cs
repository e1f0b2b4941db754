using System.Reflection;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Runs the contracts of volumes against a real Azurite; each case is listed, so that all of them are skipped, visibly, without it.</summary>
[Collection(AzuriteTests.Name)]
public sealed class AzureBlobVolumeContractTests(AzuriteServer server)
{
    public static TheoryData<string, int> TargetCases => CasesOf(typeof(TargetVolumeContract));

    public static TheoryData<string, int> SourceCases => CasesOf(typeof(SourceVolumeContract));

    [RequiresTheory("MOVER_AZURITE")]
    [MemberData(nameof(TargetCases))]
    public Task The_contract_of_targets_holds(string test, int row) => RunAsync(new Target(server), test, row);

    [RequiresTheory("MOVER_AZURITE")]
    [MemberData(nameof(SourceCases))]
    public Task The_contract_of_sources_holds(string test, int row) => RunAsync(new Source(server), test, row);

    private static TheoryData<string, int> CasesOf(Type contract)
    {
        var cases = new TheoryData<string, int>();
        foreach (var method in contract.GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null))
        {
            for (var row = 0; row < Math.Max(1, method.GetCustomAttributes<InlineDataAttribute>().Count()); row++)
            {
                cases.Add(method.Name, row);
            }
        }

        return cases;
    }

    private static Task RunAsync(object contract, string test, int row)
    {
        var method = contract.GetType().GetMethod(test) ?? throw new MissingMethodException(test);
        var rows = method.GetCustomAttributes<InlineDataAttribute>().Select(r => r.GetData(method).Single()).ToArray();
        return Assert.IsAssignableFrom<Task>(method.Invoke(contract, rows.Length > 0 ? rows[row] : null));
    }

    private sealed class Target(AzuriteServer server) : TargetVolumeContract
    {
        protected override async Task<ITargetVolume> MakeAsync() => await server.MakeVolumeAsync("some folder/ü");
    }

    private sealed class Source(AzuriteServer server) : SourceVolumeContract
    {
        private AzureBlobVolume? _volume;

        protected override async Task<IVolume> MakeAsync(MemoryVolume content)
        {
            _volume = await server.MakeVolumeAsync();
            foreach (var path in content.Paths)
            {
                var entry = content.Find(path.ToString());
                if (entry.Type is EntryType.File)
                {
                    var bytes = new byte[entry.SizeBytes];
                    await content.ReadWholeAsync(entry, bytes, default);
                    await _volume.PutAsync(entry, bytes, new PutOptions(true), default);
                }
            }

            return _volume;
        }

        protected override async Task ChangeAsync(string path, byte[] content) =>
            await Assert.IsType<AzureBlobVolume>(_volume).PutAsync(
                new Entry { Path = EntryPath.Of(path), Type = EntryType.File, SizeBytes = content.Length, Modified = new UnixTime(1_500_000_000, 0) },
                content,
                new PutOptions(true),
                default);
    }
}
