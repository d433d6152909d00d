using System.Collections.Concurrent;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>A patient of this organisation.</summary>
internal sealed class Patient(long rowId, string id, string uid, bool provisional)
{
    private readonly Lock _writing = new();
    private SymmetricKey? _indexKey;
    private int _writers;
    private int _changes;
    private int _saved;
    private TaskCompletionSource? _reopened;
    private TaskCompletionSource? _drained;

    /// <summary>Row in patients; never 0.</summary>
    public long RowId => rowId;

    /// <summary>FHIR logical id of the Patient resource.</summary>
    public string Id => id;

    /// <summary>Names the patient's secrets in the vault.</summary>
    public string Uid => uid;

    /// <summary>True until a wallet has taken over.</summary>
    public bool Provisional { get; private set; } = provisional;

    public ConcurrentDictionary<Category, SubjectLink> Subjects { get; private set; } = new();

    /// <summary>The provisional subjects while their records are being sealed anew; empty before and after.</summary>
    public IReadOnlyList<SubjectLink> Former { get; private set; } = [];

    /// <summary>The wallet's subjects stand for the patient from now on.</summary>
    public void TakeOver(IEnumerable<SubjectLink> subjects, IReadOnlyList<SubjectLink> former)
    {
        Former = former;
        Subjects = new ConcurrentDictionary<Category, SubjectLink>(subjects.Select(link => KeyValuePair.Create(link.Category, link)));
        Provisional = false;
    }

    /// <summary>It could not be kept: the provisional subjects stand for the patient again.</summary>
    public void UndoTakeOver()
    {
        Subjects = new ConcurrentDictionary<Category, SubjectLink>(Former.Select(link => KeyValuePair.Create(link.Category, link)));
        Former = [];
        Provisional = true;
    }

    public void ForgetFormer() => Former = [];

    /// <summary>The link of a subject, also of one that is being replaced; null for a stranger.</summary>
    public SubjectLink? Find(SubjectId subject) => Subjects.Values.Concat(Former).FirstOrDefault(link => link.Subject == subject);

    /// <summary>Search tokens of the Patient resource as it is now.</summary>
    public IReadOnlyList<string> Identity { get; set; } = [];

    /// <summary>One at a time makes subjects of this patient.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>How often the subjects have changed since the node started. A writer notes it when it saves: what another one adds meanwhile stays unsaved.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>True while something in memory does not stand in the table yet.</summary>
    public bool Unsaved
    {
        get
        {
            lock (_writing)
            {
                return _changes != _saved;
            }
        }
    }

    /// <summary>Something in memory has to be saved.</summary>
    public void Change()
    {
        lock (_writing)
        {
            _changes++;
        }
    }

    /// <summary>The table has everything up to this count of <see cref="Changes"/>.</summary>
    public void Saved(int changes)
    {
        lock (_writing)
        {
            _saved = Math.Max(_saved, changes);
        }
    }

    /// <summary>The key of this patient's tokens in the author's own index.</summary>
    public SymmetricKey IndexKey(StorageKeys keys) => _indexKey ??= keys.IndexKeyOf(rowId);

    /// <summary>A write of this patient's records begins. Waits while a wallet takes over.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task reopened;
            lock (_writing)
            {
                if (_reopened is null)
                {
                    _writers++;
                    return;
                }

                reopened = _reopened.Task;
            }

            await reopened.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The write is done.</summary>
    public void Leave()
    {
        lock (_writing)
        {
            if (--_writers == 0)
            {
                _drained?.TrySetResult();
            }
        }
    }

    /// <summary>Lets no write begin, and waits for those that have.</summary>
    public Task CloseAsync()
    {
        lock (_writing)
        {
            _reopened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _writers == 0 ? Task.CompletedTask : _drained.Task;
        }
    }

    /// <summary>Writes may begin again.</summary>
    public void Reopen()
    {
        TaskCompletionSource? reopened;
        lock (_writing)
        {
            reopened = _reopened;
            _reopened = null;
        }

        reopened?.TrySetResult();
    }
}
