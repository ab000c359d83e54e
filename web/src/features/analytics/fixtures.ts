import type { AnalyticsFigures, AnalyticsSummary } from '@/api/generated'

const day = 24 * 3_600_000

/** Midnight of a day of May 2026 by the reader's clock, as the server writes it. */
export function may(date: number): string {
  return new Date(2026, 4, date).toISOString()
}

function makeFigures(change: Partial<AnalyticsFigures> = {}): AnalyticsFigures {
  return {
    total_generations: 12,
    succeeded: 8,
    total_failed: 2,
    cancelled: 1,
    open: 1,
    has_data: true,
    success_rate: 80,
    images: 17,
    kept: 3,
    avg_generation_time: 6.5,
    run_p50_seconds: 5.25,
    run_p95_seconds: 61,
    wait_p50_seconds: 0.04,
    wait_p95_seconds: 2,
    ...change,
  }
}

/** Four days of which two had generations, with all parts a page can show. */
export function makeSummary(change: Partial<AnalyticsSummary> = {}): AnalyticsSummary {
  const slot = (date: number, count: number, failed: number, images: number) => ({
    timestamp: may(date),
    count,
    failed,
    succeeded: count - failed,
    cancelled: 0,
    images,
    kept: 1,
  })
  return {
    time_range: 'custom',
    generated_at: may(5),
    start: may(1),
    end: may(5),
    tz: 'UTC',
    previous_start: new Date(Date.parse(may(1)) - 4 * day).toISOString(),
    kpis: {
      ...makeFigures(),
      generation_growth: 20,
      time_improvement: 0,
      comparable: true,
      active_loras: 2,
      total_loras: 60,
      previous: makeFigures({ total_generations: 10, success_rate: 90, run_p50_seconds: 7, kept: 0 }),
    },
    chart_data: {
      unit: 'day',
      start: may(1),
      end: may(5),
      tz: 'UTC',
      generation_volume: [slot(2, 7, 2, 9), slot(4, 5, 0, 8)],
      performance: [
        { timestamp: may(2), avg_time: 4, avg_wait: 0.5, success_rate: 71.43 },
        { timestamp: may(4), avg_time: 10, avg_wait: null, success_rate: 100 },
      ],
      lora_usage: [{ adapter_id: 'a1', name: 'Ink wash', usage_count: 6 }],
      resource_usage: [],
    },
    error_breakdown: [
      {
        type: 'unreachable',
        class: 'unreachable',
        engine: 'far',
        count: 2,
        percentage: 100,
        description: 'Nothing answers at the address.',
        advice: 'Start the engine.',
        job_ids: ['job-000001', 'job-000002'],
        link: '/history?engine=far&outcome=failed',
      },
    ],
    performance_insights: [
      {
        id: 'insight-1',
        kind: 'success_rate',
        severity: 'high',
        title: 'Declining success rate',
        description: '2 of 10 generations failed.',
        advice: 'Look at the failed ones.',
        recommendation: 'review_failed_jobs',
        params: {},
        job_ids: ['job-000001'],
        link: '/history?outcome=failed',
      },
    ],
    adapters: {
      top: [
        {
          adapter_id: 'a1',
          name: 'Ink wash',
          usage_count: 6,
          images: 9,
          kept: 3,
          kept_share: 0.5,
          found: true,
        },
        { adapter_id: 'a2', name: 'Gone', usage_count: 2, images: 2, kept: 0, kept_share: 0, found: false },
      ],
      most_kept: [],
      never_used: 58,
    },
    engines: [
      { engine: 'sketch', jobs: 10, succeeded: 8, failed: 0, cancelled: 1, success_rate: 100, avg_time: 6.5 },
      { engine: 'far', jobs: 2, succeeded: 0, failed: 2, cancelled: 0, success_rate: 0, avg_time: null },
    ],
    storage: { pictures: 17, pictures_bytes: 3_500_000, database_bytes: 900_000, series: [] },
    distributions: {
      run: [
        { from: 4, to: 4.7568, count: 6 },
        { from: 8, to: 9.5137, count: 2 },
      ],
      wait: [],
    },
    ...change,
  }
}
