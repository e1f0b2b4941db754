using System.Reflection;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

/// <summary>The local volume on file systems that take different spellings for one name, as SMB shares, APFS, HFS+ and ZFS do.</summary>
public sealed class FoldingTargetTests(FoldingMounts mounts) : IClassFixture<FoldingMounts>
{
    public static TheoryData<string, string, int> ContractTests
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            foreach (var mode in (string[])["case", "norm", "nfc", "nfd"])
            {
                foreach (var test in typeof(TargetVolumeContract).GetMethods().Where(m => m.IsDefined(typeof(FactAttribute))))
                {
                    for (var row = 0; row < Math.Max(1, test.GetCustomAttributes<InlineDataAttribute>().Count()); row++)
                    {
                        data.Add(mode, test.Name, row);
                    }
                }
            }

            return data;
        }
    }

    [RequiresTheory("MOVER_FUSE")]
    [MemberData(nameof(ContractTests))]
    public async Task The_contract_of_a_target_holds(string mode, string test, int row)
    {
        var contract = new Contract(mounts.NewFolder(mode));
        var method = typeof(TargetVolumeContract).GetMethod(test)!;
        var arguments = method.GetCustomAttributes<InlineDataAttribute>().ElementAtOrDefault(row)?.GetData(method).Single();

        await (Task)method.Invoke(contract, arguments)!;
    }

    [RequiresTheory("MOVER_FUSE")]
    [InlineData("case", "Report.txt", "report.TXT", "Report.txt")]
    [InlineData("norm", "\u00e9", "e\u0301", "\u00e9")]
    [InlineData("norm", "e\u0301", "\u00e9", "e\u0301")]
    [InlineData("nfc", "e\u0301", "\u00e9", "\u00e9")]
    [InlineData("nfd", "\u00e9", "e\u0301", "e\u0301")]
    public void A_name_is_found_by_its_other_spelling_and_listed_as_it_is_stored(string mode, string written, string asked, string listed)
    {
        var folder = mounts.NewFolder(mode);

        File.WriteAllText(Path.Combine(folder, written), "content");

        Assert.Equal("content", File.ReadAllText(Path.Combine(folder, asked)));
        Assert.Equal([listed], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    private sealed class Contract(string folder) : TargetVolumeContract
    {
        protected override Task<ITargetVolume> MakeAsync() =>
            Task.FromResult<ITargetVolume>(new LocalVolume(new LocalVolumeOptions(folder) { IsTarget = true, FlushesFiles = true }));
    }
}

/// <summary>One mount of each mode for the tests of a class, made when first asked for.</summary>
public sealed class FoldingMounts : IDisposable
{
    private readonly Dictionary<string, FoldingMount> _mounts = [];

    /// <summary>An empty folder in the mount of that mode.</summary>
    public string NewFolder(string mode)
    {
        if (!_mounts.TryGetValue(mode, out var mount))
        {
            _mounts[mode] = mount = new FoldingMount(mode);
        }

        return Directory.CreateDirectory(Path.Combine(mount.RootPath, Guid.NewGuid().ToString("N"))).FullName;
    }

    public void Dispose()
    {
        foreach (var mount in _mounts.Values)
        {
            mount.Dispose();
        }
    }
}
